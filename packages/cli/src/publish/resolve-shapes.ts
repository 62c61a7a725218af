import type { SignatureValue } from '@callable/onnx';
import type { Manifest } from '@callable/protocol';

type TensorSpec = Manifest['inputs'][number];

/**
 * The tensors of a manifest from the signature of the graph. Where the graph does not say how many axes there are,
 * `rankOf` does, from a value seen or from what was published before.
 */
export function resolveShapes(
  values: readonly SignatureValue[],
  rankOf: (name: string) => number | undefined,
): TensorSpec[] {
  return values.flatMap(({ name, datatype, shape, rankKnown }) => {
    // The inspector has refused what has no datatype here.
    if (datatype === null) return [];
    const open = Array.from({ length: rankKnown ? 0 : (rankOf(name) ?? 0) }, () => -1);
    return [{ name, datatype, shape: rankKnown ? [...shape] : open }];
  });
}

/** How many axes a nested array has. */
export function rankOfValue(value: unknown): number {
  let rank = 0;
  for (let at = value; Array.isArray(at); at = at[0]) rank += 1;
  return rank;
}
