import type { TensorSpec } from '@callable/protocol';
import type { EngineValue, LoadedEngine } from './engine.ts';

/**
 * Compares what the model takes and gives with what the manifest declares; null when they agree. Of outputs only name and
 * datatype: the shape in the file is a word of its exporter, which this runtime itself only warns of. Vectors judge it.
 */
export function checkSignature(
  signature: LoadedEngine['signature'],
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): string | null {
  const declared = new Set(inputs.map((spec) => spec.name));
  for (const { name } of signature.inputs)
    if (!declared.has(name)) return `The graph takes an input ${quote(name)}, which the manifest does not declare.`;
  return firstMisfit('input', inputs, signature.inputs) ?? firstMisfit('output', outputs, signature.outputs);
}

function firstMisfit(
  role: 'input' | 'output',
  specs: readonly TensorSpec[],
  real: readonly EngineValue[],
): string | null {
  const byName = new Map(real.map((value) => [value.name, value]));
  for (const spec of specs) {
    const value = byName.get(spec.name);
    if (!value) return `The manifest declares an ${role} ${quote(spec.name)}, which the graph does not have.`;
    if (!fits(role, spec, value))
      return `The ${role} ${quote(spec.name)} is ${describe(value)} in the graph, but ${spec.datatype} [${spec.shape.join(',')}] in the manifest.`;
  }
  return null;
}

function fits(role: 'input' | 'output', spec: TensorSpec, { datatype, shape }: EngineValue): boolean {
  if (datatype !== spec.datatype) return false;
  if (shape === null || role === 'output') return true;
  // An open axis takes any size, so the manifest may fix it; a fixed one stands.
  return shape.length === spec.shape.length && shape.every((size, i) => size === -1 || size === spec.shape[i]);
}

function describe({ datatype, type, shape }: EngineValue): string {
  return datatype === null ? type : `${datatype} [${(shape ?? []).join(',')}]`;
}

function quote(name: string): string {
  return `\`${name.slice(0, 60).replace(/\p{Cc}/gu, ' ')}\``;
}
