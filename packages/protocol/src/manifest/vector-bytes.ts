import { jsonDepth } from '../json/json-depth.ts';
import { sliceMembers } from '../json/slice-members.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { writePlainOutputs } from '../tensor/write-plain-outputs.ts';
import { callBodyBytes } from './limits.ts';
import type { Vector } from './manifest.ts';
import { decodeVectorFile, isBinaryVector } from './vector-file.ts';

/** A vector ready to be called with: inputs as JSON, so that integers beyond 2^53 reach the tensor parser as they were written. */
export type VectorBytes = {
  inputs: Uint8Array;
  /** JSON too, or the tensors of a binary file. */
  outputs: Uint8Array | readonly Tensor[];
  outputNames: readonly string[];
  rtol: number;
  atol: number;
  /** As in the manifest; values are compared where it is absent. */
  checks?: 'signature';
};

/** The largest file of a vector, bytes; one in JSON has at most half: an image with its answer is about 2 MB. */
export const longestVectorBytes: number = 32 * 1024 * 1024;
export const longestJsonVectorBytes: number = longestVectorBytes / 2;
/** Deeper than any tensor; whoever walks a deeper one may run out of stack. */
const mostDepth = 64;

/**
 * The inputs and outputs of a vector, from the manifest or from the bytes of its file, JSON or binary; null when they hold
 * none, or are too long or nested too deep for anybody to walk.
 */
export function readVectorBytes(vector: Vector, file: Uint8Array | null): VectorBytes | null {
  const { rtol, atol, checks } = vector;
  const judged = { rtol, atol, ...(checks === undefined ? {} : { checks }) };
  if ('file' in vector && file && isBinaryVector(file)) return readBinary(file, judged);
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const members =
    'inputs' in vector
      ? new Map([
          ['inputs', encode(vector.inputs)],
          ['outputs', encode(vector.outputs)],
        ])
      : file && file.length <= longestJsonVectorBytes
        ? sliceMembers(file)
        : null;
  const inputs = members?.get('inputs');
  const outputs = members?.get('outputs');
  if (!inputs || !outputs || jsonDepth(inputs) > mostDepth || jsonDepth(outputs) > mostDepth) return null;
  const names = sliceMembers(outputs);
  return names ? { inputs, outputs, outputNames: [...names.keys()], ...judged } : null;
}

function readBinary(file: Uint8Array, judged: Pick<VectorBytes, 'rtol' | 'atol' | 'checks'>): VectorBytes | null {
  const tensors = file.length <= longestVectorBytes ? decodeVectorFile(file) : null;
  if (!tensors) return null;
  const { outputs } = tensors;
  try {
    const inputs = writePlainOutputs(tensors.inputs);
    // What no gateway takes proves nothing to anybody.
    if (inputs.length > callBodyBytes) return null;
    return { inputs, outputs, outputNames: outputs.map(({ name }) => name), ...judged };
  } catch (error) {
    // Nothing but empty arrays.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
