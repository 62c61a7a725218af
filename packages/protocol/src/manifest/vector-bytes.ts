import { sliceMembers } from '../json/slice-members.ts';
import type { Vector } from './manifest.ts';

/** A vector as JSON bytes, so that integers beyond 2^53 reach the tensor parser as they were written. */
export type VectorBytes = {
  inputs: Uint8Array;
  outputs: Uint8Array;
  outputNames: readonly string[];
  rtol: number;
  atol: number;
};

/** The inputs and outputs of a vector, from the manifest or from the bytes of its file; null when they hold none. */
export function readVectorBytes(vector: Vector, file: Uint8Array | null): VectorBytes | null {
  const { rtol, atol } = vector;
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const members =
    'inputs' in vector
      ? new Map([
          ['inputs', encode(vector.inputs)],
          ['outputs', encode(vector.outputs)],
        ])
      : file && sliceMembers(file);
  const inputs = members?.get('inputs');
  const outputs = members?.get('outputs');
  const names = outputs && sliceMembers(outputs);
  return inputs && outputs && names ? { inputs, outputs, outputNames: [...names.keys()], rtol, atol } : null;
}
