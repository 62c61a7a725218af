import { jsonDepth } from '../json/json-depth.ts';
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

/** The largest vector kept as a file, bytes of JSON: an image with its answer is about 2 MB. */
export const longestVectorBytes: number = 16 * 1024 * 1024;

/** Deeper than any tensor; whoever walks a deeper one may run out of stack. */
const mostDepth = 64;

/**
 * The inputs and outputs of a vector, from the manifest or from the bytes of its file; null when they hold none,
 * or are too long or nested too deep for anybody to walk.
 */
export function readVectorBytes(vector: Vector, file: Uint8Array | null): VectorBytes | null {
  const { rtol, atol } = vector;
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const members =
    'inputs' in vector
      ? new Map([
          ['inputs', encode(vector.inputs)],
          ['outputs', encode(vector.outputs)],
        ])
      : file && file.length <= longestVectorBytes
        ? sliceMembers(file)
        : null;
  const inputs = members?.get('inputs');
  const outputs = members?.get('outputs');
  if (!inputs || !outputs || jsonDepth(inputs) > mostDepth || jsonDepth(outputs) > mostDepth) return null;
  const names = sliceMembers(outputs);
  return names ? { inputs, outputs, outputNames: [...names.keys()], rtol, atol } : null;
}
