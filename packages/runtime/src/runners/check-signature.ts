import type { TensorSpec } from '@callable/protocol';
import type { EngineValue, LoadedEngine } from './engine.ts';

/** Compares what the model takes and gives with what the manifest declares; null when they agree. */
export function checkSignature(
  signature: LoadedEngine['signature'],
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): string | null {
  for (const { name } of signature.inputs)
    if (!inputs.some((spec) => spec.name === name))
      return `The graph takes an input ${quote(name)}, which the manifest does not declare.`;
  return firstMisfit('input', inputs, signature.inputs) ?? firstMisfit('output', outputs, signature.outputs);
}

function firstMisfit(
  role: 'input' | 'output',
  specs: readonly TensorSpec[],
  real: readonly EngineValue[],
): string | null {
  for (const spec of specs) {
    const value = real.find((each) => each.name === spec.name);
    if (!value) return `The manifest declares an ${role} ${quote(spec.name)}, which the graph does not have.`;
    if (!fits(role, spec, value))
      return `The ${role} ${quote(spec.name)} is ${describe(value)} in the graph, but ${spec.datatype} [${spec.shape.join(',')}] in the manifest.`;
  }
  return null;
}

function fits(role: 'input' | 'output', spec: TensorSpec, { datatype, shape }: EngineValue): boolean {
  if (datatype !== spec.datatype) return false;
  if (shape === null) return true;
  // An open axis takes any size, so the manifest may fix it; a fixed one stands. Of an output the runtime works out
  // more than the file declares, and a manifest written from the file may leave that open.
  const isLoose = (i: number) => role === 'output' && spec.shape[i] === -1;
  return (
    shape.length === spec.shape.length && shape.every((size, i) => size === -1 || size === spec.shape[i] || isLoose(i))
  );
}

function describe({ datatype, type, shape }: EngineValue): string {
  return datatype === null ? type : `${datatype} [${(shape ?? []).join(',')}]`;
}

function quote(name: string): string {
  return `\`${name.slice(0, 60).replace(/\p{Cc}/gu, ' ')}\``;
}
