import { countElements, datatypes, encodeTexts, type Manifest, readElements, type Tensor } from '@callable/protocol';

/**
 * The example with open axes twice as long: the first of every input, then all others, then all. What it holds is
 * repeated, so that tokens stay tokens and labels stay labels. What has no such axis, or nothing along it, is left out.
 */
export function lengthenInputs(example: readonly Tensor[], specs: Manifest['inputs']): Tensor[][] {
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  const seen = new Set([shapesOf(example)]);
  const variants: Tensor[][] = [];
  for (const isMeant of [(axis: number) => axis === 0, (axis: number) => axis > 0, () => true]) {
    const variant = example.map((tensor) =>
      tensor.shape.reduce(
        (longer, _, axis) => (shapes.get(tensor.name)?.[axis] === -1 && isMeant(axis) ? doubled(longer, axis) : longer),
        tensor,
      ),
    );
    if (seen.has(shapesOf(variant))) continue;
    seen.add(shapesOf(variant));
    variants.push(variant);
  }
  return variants;
}

const shapesOf = (tensors: readonly Tensor[]) => tensors.map(({ shape }) => shape.join()).join(';');

/** Twice as long along one axis: each block of elements below it stands there twice. */
function doubled(tensor: Tensor, axis: number): Tensor {
  const { datatype, shape, data } = tensor;
  const longer = shape.map((size, at) => (at === axis ? 2 * size : size));
  const block = countElements(shape.slice(axis));
  if (countElements(shape) === 0) return { ...tensor, shape: longer };
  const width = datatypes[datatype].bytes;
  if (width === null) {
    const texts = readElements(tensor) as string[];
    const twice = Array.from({ length: 2 * texts.length }, (_, at) => {
      const within = at % (2 * block);
      return texts[Math.floor(at / (2 * block)) * block + (within % block)] as string;
    });
    return { ...tensor, shape: longer, data: encodeTexts(twice) };
  }
  const twice = new Uint8Array(2 * data.length);
  const bytes = block * width;
  for (let at = 0; at < data.length; at += bytes) {
    const part = data.subarray(at, at + bytes);
    twice.set(part, 2 * at);
    twice.set(part, 2 * at + bytes);
  }
  return { ...tensor, shape: longer, data: twice };
}
