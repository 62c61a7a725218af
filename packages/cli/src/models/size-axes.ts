import type { Datatype } from '@callable/protocol';

/** An input as its model declares it. */
export type ShapedInput = {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
  /** Per axis the name the model gives it, if any. */
  axes?: readonly (string | null)[];
  /** Taken as it is. */
  default?: unknown;
};

/** Elements on axes that the model leaves open, by what the axis seems to be. */
export type Sizes = { sequence: number; image: number; past: number };

/**
 * The shape of every input, open axes filled so that an example means something to who reads it: one row, a short sequence,
 * a small picture instead of one pixel, no past yet. Axes of one name have one size, `a + b` that of both.
 */
export function sizeAxes(inputs: readonly ShapedInput[], sizes: Sizes): number[][] {
  const named = new Map<string, number>();
  return inputs.map(({ shape, axes = [] }) =>
    shape.map((size, axis) => {
      if (size !== -1) return size;
      const name = axes[axis]?.toLowerCase() ?? '';
      const known = name === '' ? undefined : named.get(name);
      const chosen = known ?? sizeOfName(name, sizes) ?? sizeOfPlace(shape, axis, sizes);
      if (name !== '') named.set(name, chosen);
      return chosen;
    }),
  );
}

/** Null where the name says nothing. */
function sizeOfName(name: string, sizes: Sizes): number | null {
  if (name.includes('+')) {
    const parts = name.split('+').map((part) => {
      const text = part.trim();
      return /^\d{1,4}$/.test(text) ? Number(text) : sizeOfName(text, sizes);
    });
    return parts.includes(null) ? null : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
  }
  if (/batch|^bs?$|^n$/.test(name)) return 1;
  if (/total/.test(name)) return sizes.past + sizes.sequence;
  if (/past|cache/.test(name)) return sizes.past;
  if (/height|width|^[hw]$/.test(name)) return sizes.image;
  if (/channel/.test(name)) return 3;
  return /seq|time|len|token|frame|step|^[tsl]$/.test(name) ? sizes.sequence : null;
}

const channels = [-1, 1, 3, 4];

function sizeOfPlace(shape: readonly number[], axis: number, { sequence, image }: Sizes): number {
  if (axis === 0) return 1;
  if (shape.length !== 4) return sequence;
  const [, second = 0, , last = 0] = shape;
  // Channels stand first where they are fixed there, or nowhere.
  const channel = channels.includes(second) && !(second === -1 && last > 0 && last <= 4) ? 1 : 3;
  if (!channels.includes(shape[channel] ?? 0)) return sequence;
  return axis === channel ? 3 : image;
}
