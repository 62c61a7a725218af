import type { Manifest, ModelValue } from '@callable/protocol';

type TensorSpec = Manifest['inputs'][number];

/**
 * The tensors of a manifest from the signature of the graph. Where the graph does not say how many axes there are,
 * `shapeOf` does, from a value seen or from what was published before; where nobody knows, the tensor is left out.
 */
export function resolveShapes(
  values: readonly ModelValue[],
  shapeOf: (name: string) => readonly number[] | undefined,
): TensorSpec[] {
  return values.flatMap(({ name, datatype, shape, rankKnown }) => {
    // The inspector has refused what has no datatype here.
    if (datatype === null) return [];
    const known = rankKnown ? shape : shapeOf(name);
    return known ? [{ name, datatype, shape: [...known] }] : [];
  });
}

/** The same for outputs, of which a shape that was seen counts more than the word of the file. */
export function resolveOutputs(
  values: readonly ModelValue[],
  shapeOf: (name: string) => readonly number[] | undefined,
): TensorSpec[] {
  const isSeen = (name: string) => shapeOf(name) !== undefined;
  return resolveShapes(
    values.map((value) => (isSeen(value.name) ? { ...value, rankKnown: false } : value)),
    shapeOf,
  );
}

/** The shape of a value whose axes may have any size. */
export const openShape = (value: unknown): number[] => Array.from({ length: rankOfValue(value) }, () => -1);

/** How many axes a nested array has. */
function rankOfValue(value: unknown): number {
  let rank = 0;
  for (let at = value; Array.isArray(at); at = at[0]) rank += 1;
  return rank;
}
