import type { TensorSpec } from '@callable/protocol';
import type { InferenceSession } from 'onnxruntime-node';
import { datatypeOfOrt } from './ort-types.ts';

type Metadata = InferenceSession.ValueMetadata;

/**
 * Compares what the graph takes and gives with what the manifest declares; null when they agree.
 * An output of a type the binding cannot carry is found here: asking the runtime for it would
 * abort the process (measured with INT4).
 */
export function checkSignature(
  session: InferenceSession,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): string | null {
  for (const name of session.inputNames)
    if (!inputs.some((spec) => spec.name === name))
      return `The graph takes an input ${quote(name)}, which the manifest does not declare.`;
  return firstMisfit('input', inputs, session.inputMetadata) ?? firstMisfit('output', outputs, session.outputMetadata);
}

function firstMisfit(role: 'input' | 'output', specs: readonly TensorSpec[], real: readonly Metadata[]): string | null {
  for (const spec of specs) {
    const metadata = real.find((each) => each.name === spec.name);
    if (!metadata) return `The manifest declares an ${role} ${quote(spec.name)}, which the graph does not have.`;
    const got = describe(metadata);
    if (!fits(role, spec, metadata))
      return `The ${role} ${quote(spec.name)} is ${got} in the graph, but ${spec.datatype} [${spec.shape.join(',')}] in the manifest.`;
  }
  return null;
}

function fits(role: 'input' | 'output', spec: TensorSpec, metadata: Metadata): boolean {
  if (!metadata.isTensor || datatypeOfOrt(metadata.type) !== spec.datatype) return false;
  // The binding gives [] both for a scalar and for an unknown rank.
  if (metadata.shape.length === 0) return true;
  // A named dimension takes any size, so the manifest may fix it; a fixed one stands. Of an output the runtime works
  // out more than the file declares, and a manifest written from the file may leave that open.
  const isLoose = (i: number) => role === 'output' && spec.shape[i] === -1;
  return (
    metadata.shape.length === spec.shape.length &&
    metadata.shape.every((size, i) => isOpen(size) || size === spec.shape[i] || isLoose(i))
  );
}

/** A dimension without a size: the native binding gives its name, the wasm one 2^32 - 1 where it has none. */
function isOpen(size: number | string): boolean {
  return typeof size === 'string' || size === 2 ** 32 - 1;
}

function describe(metadata: Metadata): string {
  if (!metadata.isTensor) return 'no tensor';
  const datatype = datatypeOfOrt(metadata.type) ?? `${metadata.type} (which cannot be called)`;
  return `${datatype} [${metadata.shape.map((size) => (isOpen(size) ? -1 : size)).join(',')}]`;
}

function quote(name: string): string {
  return `\`${name.slice(0, 60).replace(/\p{Cc}/gu, ' ')}\``;
}
