import type { Datatype } from '@callable/protocol';
import { isTooLarge } from './is-too-large.ts';

type Spec = { name: string; datatype: Datatype; shape: readonly number[] };

/**
 * An input made from the declared shapes alone: open axes have `openAxis` elements, values are small and always the
 * same. Null when a shape is too large to write out.
 */
export function makeExample(specs: readonly Spec[], openAxis = 1): Record<string, unknown> | null {
  if (isTooLarge(specs, openAxis)) return null;
  const members = specs.map(({ name, datatype, shape }) => {
    const sizes = shape.map((size) => (size === -1 ? openAxis : size));
    let at = 0;
    const fill = (axis: number): unknown => {
      const size = sizes[axis];
      if (size === undefined) return elementOf(datatype, at++);
      return Array.from({ length: size }, () => fill(axis + 1));
    };
    return [name, fill(0)] as const;
  });
  return Object.fromEntries(members);
}

/** Small numbers that are exact in every precision, in an order that is not constant. */
function elementOf(datatype: Datatype, at: number): unknown {
  switch (datatype) {
    case 'FP16':
    case 'FP32':
    case 'FP64':
      return ((at * 5) % 8) / 8;
    case 'BOOL':
      return at % 2 === 1;
    case 'BYTES':
      return ['one', 'two', 'three', 'four'][at % 4];
    default:
      return (at * 5 + 1) % 4;
  }
}
