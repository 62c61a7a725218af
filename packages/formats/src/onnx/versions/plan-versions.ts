import { firstOpset, meaningAt, newestOpset, type OfficialDomain } from '../operators/find-history.ts';
import { hasKernel } from '../operators/find-kernels.ts';
import { maxIrVersion, operatorDomains, operatorName } from '../operators/operators.ts';
import type { UsedOperators, VersionScope } from './used-operators.ts';

/** What has to become of the versions a model is written for, so that nodes run it as it is. */
export type VersionPlan =
  | { readonly kind: 'keep' }
  | {
      readonly kind: 'lower';
      readonly ir: number | null;
      /** By domain: imports of a newer set take this one. */
      readonly opsets: ReadonlyMap<OfficialDomain, number>;
      /** What became what, and that it changes nothing. */
      readonly notice: string;
    }
  | { readonly kind: 'refuse'; readonly message: string };

/** The newest IR version of which is known that it only adds element types to the one nodes read. */
const newestIrVersion = 14;

/**
 * Lowers a version only where that changes nothing: in every scope each operator must have the same meaning in the lower
 * set, by the table of the official definitions, and a kernel there. Nothing is ever raised or converted.
 */
export function planVersions(used: UsedOperators): VersionPlan {
  const opsets = new Map<OfficialDomain, number>();
  const said: string[] = [];
  for (const domain of ['ai.onnx', 'ai.onnx.ml'] as const) {
    const declared = Math.max(0, ...used.scopes.map(({ imports }) => imports.get(domain) ?? 0));
    const newest = newestOf(domain);
    const target = targetOf(used, domain, declared, newest);
    if (target === declared) continue;
    if (target !== null) {
      opsets.set(domain, target);
      said.push(`opset ${declared}${domain === 'ai.onnx' ? '' : ` of ${domain}`} became ${target}`);
    } else if (declared > newest) return { kind: 'refuse', message: refusal(used, domain, declared, newest) };
  }
  const ir = used.irVersion > maxIrVersion && used.irVersion <= newestIrVersion ? maxIrVersion : null;
  if (opsets.size === 0 && ir === null) return { kind: 'keep' };
  if (ir !== null) said.push(`IR version ${used.irVersion} became ${ir}`);
  const what = said.join(' and ');
  return {
    kind: 'lower',
    ir,
    opsets,
    notice: `For nodes to run it ${what}; every operator the model uses is the same there, and no weight was touched.`,
  };
}

/** The newest set that means the same and runs: the declared one where it does, null where none does. */
function targetOf(used: UsedOperators, domain: OfficialDomain, declared: number, newest: number): number | null {
  if (declared > newestOpset(domain)) return null;
  for (let opset = Math.min(declared, newest); opset >= 1; opset -= 1) {
    if (!used.scopes.every((scope) => blockedBy(scope, domain, opset) === null)) return null;
    if (used.scopes.every((scope) => withoutKernel(scope, domain, opset) === null)) return opset;
  }
  return null;
}

/** The first operator that means something else in the lower set. */
function blockedBy({ imports, operators }: VersionScope, domain: OfficialDomain, opset: number): string | null {
  const declared = imports.get(domain) ?? 0;
  if (declared <= opset) return null;
  for (const [op, attributes] of operators.get(domain) ?? []) {
    const meaning = meaningAt(domain, op, attributes, declared);
    if (meaning !== 'unknown' && meaning !== meaningAt(domain, op, attributes, opset)) return op;
  }
  return null;
}

function withoutKernel({ imports, operators }: VersionScope, domain: OfficialDomain, opset: number): string | null {
  const lowered = Math.min(imports.get(domain) ?? 0, opset);
  for (const op of operators.get(domain)?.keys() ?? []) if (!hasKernel(domain, op, lowered)) return op;
  return null;
}

function refusal(used: UsedOperators, domain: OfficialDomain, declared: number, newest: number): string {
  const start = `Opset ${declared} of ${domain} is not one of 1 to ${newest}, which nodes run`;
  const use = exportWith(used, domain, newest);
  if (declared > newestOpset(domain)) return `${start}, and newer than what is known here; ${use}.`;
  for (const scope of used.scopes) {
    const op = blockedBy(scope, domain, newest);
    if (op === null) continue;
    const first = firstOpset(domain, op) ?? declared;
    const name = operatorName(domain, op);
    const why = first > newest ? `${name} is new in ${first}` : `${name} has changed since`;
    return `${start}, and it cannot be lowered for you: ${why}; ${use}.`;
  }
  const missing = used.scopes.map((scope) => withoutKernel(scope, domain, newest)).find((op) => op !== null);
  const name = operatorName(domain, missing ?? '?');
  return `${start}, and it cannot be lowered for you: the runtime has no kernel of ${name} in ${newest}, and older sets have it not, or change what else the model uses; ${use}.`;
}

/** The number to export with: the newest set in which the runtime has all that the model uses, as far as it is there. */
function exportWith(used: UsedOperators, domain: OfficialDomain, newest: number): string {
  const all = new Set(used.scopes.flatMap(({ operators }) => [...(operators.get(domain)?.keys() ?? [])]));
  for (let opset = newest; opset >= 1; opset -= 1) {
    const runs = (op: string) => (firstOpset(domain, op) ?? 0) > opset || hasKernel(domain, op, opset);
    if ([...all].every(runs)) return `export with opset ${opset}`;
  }
  return `export with opset ${newest} or lower`;
}

function newestOf(domain: OfficialDomain): number {
  return operatorDomains.find(({ name }) => name === domain)?.maxVersion ?? 0;
}
