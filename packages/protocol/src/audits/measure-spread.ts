import { readElements } from '../tensor/read-elements.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * How far answers lie from those of the reference: the largest of `max|y - r| / max|r|` over all float outputs.
 * Infinity where no share says it: another shape or datatype, a missing output, whole numbers or texts that differ, NaN
 * or an infinity in another place, or a difference where the reference is all zeros.
 * Not in units in the last place: near zero thousands of them are honest (measured).
 */
export function measureSpread(reference: readonly Tensor[], actual: readonly Tensor[]): number {
  let spread = 0;
  const byName = new Map(actual.map((tensor) => [tensor.name, tensor]));
  for (const wanted of reference) {
    const given = byName.get(wanted.name);
    if (!given || given.datatype !== wanted.datatype || given.shape.join() !== wanted.shape.join())
      return Number.POSITIVE_INFINITY;
    spread = Math.max(spread, spreadOf(wanted, given));
  }
  return spread;
}

function spreadOf(wanted: Tensor, given: Tensor): number {
  const isFloat = wanted.datatype.startsWith('FP');
  const reference = readElements(wanted) as Float64Array;
  const actual = readElements(given) as Float64Array;
  let difference = 0;
  let largest = 0;
  for (let at = 0; at < reference.length; at++) {
    const r = reference[at] as number;
    const y = actual[at] as number;
    if (isFloat && Number.isFinite(r)) largest = Math.max(largest, Math.abs(r));
    if (r === y || (Number.isNaN(r) && Number.isNaN(y))) continue;
    if (!isFloat || !Number.isFinite(r) || !Number.isFinite(y)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(y - r));
  }
  return difference === 0 ? 0 : difference / largest;
}
