import { type Filling, fillElements } from './fill-elements.ts';
import { isTooLarge } from './is-too-large.ts';
import type { ShapedInput } from './size-axes.ts';

/**
 * An input made from the declared shapes alone: open axes have `openAxis` elements, values are small and always the
 * same. Null when a shape is too large to write out.
 */
export function makeExample(specs: readonly ShapedInput[], openAxis = 1): Record<string, unknown> | null {
  if (isTooLarge(specs, openAxis)) return null;
  const shapes = specs.map(({ shape }) => shape.map((size) => (size === -1 ? openAxis : size)));
  return fillExample(specs, shapes, 'counting');
}

/** The inputs as nested arrays of these shapes; the same arguments give the same values. */
export function fillExample(
  inputs: readonly ShapedInput[],
  shapes: readonly (readonly number[])[],
  filling: Filling,
): Record<string, unknown> {
  // Lengths belong to a sequence: the longest second axis there is.
  const longest = Math.max(1, ...shapes.map((shape) => shape[1] ?? 1));
  const filled = inputs.map((input, index): [string, unknown] => {
    const shape = shapes[index] ?? [];
    if (input.default !== undefined) return [input.name, input.default];
    const element = fillElements(input, shape, filling, longest);
    let at = 0;
    const nest = (axis: number): unknown => {
      const size = shape[axis];
      return size === undefined ? element(at++) : Array.from({ length: size }, () => nest(axis + 1));
    };
    return [input.name, nest(0)];
  });
  return Object.fromEntries(filled);
}
