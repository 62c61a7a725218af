import { quoteName, showShape } from './input-problem.ts';
import type { Place } from './place.ts';

/**
 * Compares the shape of nested values with the declared one and returns it, whole.
 * Nothing is guessed: a missing batch dimension is refused, because adding it would answer a
 * question the caller did not ask. Only `[]` for an input of higher rank is completed, since
 * empty arrays cannot say the dimensions below them.
 */
export function checkShape(place: Place, shape: number[], openEnded: boolean): number[] {
  const declared = place.spec.shape;
  const whole = openEnded ? [...shape, ...declared.slice(shape.length).map((size) => (size === -1 ? 0 : size))] : shape;
  if (fitsShape(whole, declared)) return whole;
  place.index.length = 0;
  const { name, datatype } = place.spec;
  const got = showShape(shape);
  const expected = showShape(declared);
  return place.refuse(
    'WrongShape',
    `${quoteName(name)} has shape ${got}; send ${datatype} of shape ${expected}${hint(shape, declared)}.`,
    {
      got,
      expected,
    },
  );
}

/** Whether a shape fits a declared one, in which -1 takes any size. */
export function fitsShape(shape: readonly number[], declared: readonly number[]): boolean {
  return shape.length === declared.length && declared.every((size, i) => size === -1 || size === shape[i]);
}

/** The commonest slip: one row where rows are expected, or the reverse. */
function hint(shape: readonly number[], declared: readonly number[]): string {
  if (fitsShape([1, ...shape], declared)) return ', with one more pair of brackets around it';
  if (shape[0] === 1 && fitsShape(shape.slice(1), declared)) return ', with one pair of brackets less';
  return declared.includes(-1) ? ', where -1 is any size' : '';
}
