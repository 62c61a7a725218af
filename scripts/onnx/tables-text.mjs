// The tables of packages/formats as text.
import { elementCodes } from './one-node-models.mjs';

const domains = ['ai.onnx', 'ai.onnx.ml'];

/** Where Python's struct has a letter for an element type it is that one; find-kernels.ts reads them. */
const alphabet = 'fBbHhiqs?edIQcCg1234567890';
const letters = Object.fromEntries(Object.keys(elementCodes).map((name, index) => [name, alphabet[index]]));

/** What each operator means: the operator sets that gave it another meaning. */
export function historyText({ onnx, newest, schemas }) {
  const table = (domain) => {
    const rows = new Map();
    for (const { domain: of, op, since, same, unless, deprecated } of schemas) {
      if (of !== domain) continue;
      const steps = rows.get(op) ?? [];
      if (deprecated) steps.push(`x${since}`);
      else if (!same) steps.push(unless ? `${since}?${unless}` : `${since}`);
      rows.set(op, steps);
    }
    return [...rows].map(([op, steps]) => `${op} ${steps.join(' ')}`).join('\n');
  };
  return `/**
 * By operator the sets that gave it a meaning of its own; \`x\` where it was taken out, \`?name\` where only a node with
 * that attribute is another. Steps that only allow more element types are left out. From the schemas of onnx ${onnx} by
 * \`node scripts/write-operators.mjs\`; do not edit.
 */
export const operatorHistory = {
${domains.map((domain) => `  '${domain}': \`\n${table(domain)}\n\`,`).join('\n')}
} as const;

/** The newest sets those schemas know. */
export const newestOpsets = { ${domains.map((domain) => `'${domain}': ${newest[domain]}`).join(', ')} } as const;
`;
}

/** What one runtime has: runs of operator sets with the element types that loaded, by the schema's name of the type. */
export function kernelsText({ results, limits }, versions, onnx) {
  const table = (domain) =>
    [...rangesByOperator(results, domain)]
      .map(([op, ranges]) =>
        `${op} ${ranges.map(({ from, to, text }) => `${from}-${to}${text}`).join(' | ')}`.trimEnd(),
      )
      .join('\n');
  return `/**
 * What the runtime of nodes has, found by loading a model of one node for each operator, operator set and element type:
 * \`operator from-to type=letters | …\`. By \`node scripts/write-operators.mjs\`; do not edit.
 */
export const nativeKernels = {
${domains.map((domain) => `  '${domain}': \`\n${table(domain)}\n\`,`).join('\n')}
} as const;

/** The newest IR version and operator sets it reads. */
export const readVersions = {
  ir: ${limits.ir},
  opsets: { ${domains.map((domain) => `'${domain}': ${limits.opsets[domain]}`).join(', ')} },
} as const;

/** The releases this was measured with. */
export const measuredWith = { native: '${versions.native}', wasm: '${versions.wasm}', onnx: '${onnx}' } as const;
`;
}

/** By operator the runs of sets in which it has the same types. Without what could be measured nowhere. */
export function rangesByOperator(results, domain, write = lettersOf) {
  const rows = new Map();
  for (const { domain: of, op, opset, types, unknown } of results) {
    if (of !== domain) continue;
    const row = rows.get(op) ?? { ranges: [], unknown: true };
    rows.set(op, row);
    row.unknown &&= Boolean(unknown);
    if (types === null) continue;
    const text = Object.entries(types)
      .map(([name, list]) => [name, write(list)])
      .filter(([, found]) => found !== '')
      .map(([name, found]) => ` ${name}=${found}`)
      .join('');
    const last = row.ranges.at(-1);
    if (last?.text === text && last.to === opset - 1) last.to = opset;
    else row.ranges.push({ from: opset, to: opset, text });
  }
  return new Map([...rows].filter(([, { unknown }]) => !unknown).map(([op, { ranges }]) => [op, ranges]));
}

/** Plain tensors only: sequences and optionals of them follow. */
function lettersOf(types) {
  const names = types.map((type) => /^tensor\((\w+)\)$/.exec(type)?.[1]).filter((name) => name !== undefined);
  return Object.keys(elementCodes)
    .filter((name) => names.includes(name))
    .map((name) => letters[name])
    .join('');
}
