import { firstOpset, isOfficial } from './find-history.ts';
import { type KernelRange, kernelsOf } from './find-kernels.ts';
import { readVersions } from './native-kernels.ts';
import { domainName, operatorName } from './operators.ts';

/** A node for which the runtime found no kernel: its operator, the operator set of its definition, its name if it has one. */
export type MissingKernel = {
  readonly domain: string;
  readonly op: string;
  readonly since: number;
  readonly node: string;
};

/** What the runtime has of it instead and what to do about it, in one sentence; null where the tables do not know. */
export function explainMissingKernel({ domain, op, since, node }: MissingKernel): string | null {
  const official = domainName(domain);
  if (!isOfficial(official)) return null;
  const ranges = kernelsOf(official, op);
  const name = operatorName(official, op);
  const where = node === '' ? '' : ` (node ${JSON.stringify(node.slice(0, 80))})`;
  if (ranges === null || firstOpset(official, op) === null) return null;
  const here = ranges.find(({ from, to }) => from <= since && since <= to);
  // It is there and was not taken. Where that ends before the newest set, the runtime only tells when the definition began.
  if (here && (ranges.at(-1)?.to ?? 0) < readVersions.opsets[official]) {
    return `The runtime has ${name} only of opset ${spansOf(ranges)}, for ${typesOf(here)}${where}: export with opset ≤ ${ranges.at(-1)?.to}, or put a Cast to one of these types before it.`;
  }
  if (here) {
    return `The runtime has ${name} of opset ${since} for ${typesOf(here)}, but not for the element types of this model${where}: put a Cast to one of these before it.`;
  }
  if (ranges.length === 0) {
    return `The runtime has no kernel of ${name}${where}, of no opset: export the model with this operator written out of others.`;
  }
  const below = ranges.filter(({ to }) => to < since).at(-1);
  const above = ranges.find(({ from }) => from > since);
  const use = below ? `export with opset ≤ ${below.to}` : `export with opset ≥ ${above?.from ?? since}`;
  return `The runtime has ${name}, but not of opset ${since}${where}, only of ${spansOf(ranges)}: ${use}.`;
}

function spansOf(ranges: readonly KernelRange[]): string {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of ranges) {
    const last = joined.at(-1);
    if (last && last.to + 1 === from) last.to = to;
    else joined.push({ from, to });
  }
  return joined.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(' and ');
}

function typesOf({ types }: KernelRange): string {
  const named = [...types].filter(([, list]) => list.length > 0);
  return named.map(([name, list]) => `${named.length > 1 ? `${name} = ` : ''}${list.join(', ')}`).join('; ');
}
