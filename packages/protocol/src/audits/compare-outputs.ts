import { CallableError } from '../reasons/callable-error.ts';
import { compareBytes } from '../tensor/compare-bytes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { measureSpread } from './measure-spread.ts';
import { readOutputs, type WrittenOutputs } from './read-outputs.ts';

export type Comparison = {
  /** As `measureSpread`; Infinity also when the answer is none of this release. */
  difference: number;
  /** Of the float outputs alone: whole numbers and texts change their value all at once where floats round. */
  floats: number;
};

/** The same values take a few times as much in another writer's JSON; more is not read: nobody vouches for it. */
const mostTimes = 16;
const leastBytes = 2 ** 20;

/** How far outputs that somebody answered lie from those computed here, both as they went over the wire. */
export function compareOutputs(computed: Uint8Array, given: Uint8Array, outputs: WrittenOutputs): Comparison {
  if (compareBytes(computed, given) === 0) return { difference: 0, floats: 0 };
  const reference = readOutputs(computed, outputs);
  const isReadable = given.length <= leastBytes + mostTimes * computed.length;
  const actual = isReadable ? readOutputs(given, outputs) : null;
  if (!reference) throw new CallableError('LoadFailed', 'The answer computed here does not fit the manifest.');
  if (!actual || actual.length !== reference.length)
    return { difference: Number.POSITIVE_INFINITY, floats: Number.POSITIVE_INFINITY };
  const isFloat = ({ datatype }: Tensor) => datatype.startsWith('FP');
  return {
    difference: measureSpread(reference, actual),
    floats: measureSpread(reference.filter(isFloat), actual),
  };
}
