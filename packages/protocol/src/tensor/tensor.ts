import type { Datatype } from '../datatype.ts';

/**
 * One named tensor. `data` holds the elements row by row, raw and little-endian:
 * BOOL is one byte (0 or 1), BYTES is a u32 length and UTF-8 for each element.
 */
export type Tensor = { name: string; datatype: Datatype; shape: number[]; data: Uint8Array };

/** What a model declares of one input or output; a dimension of -1 takes any size. */
export type TensorSpec = {
  name: string;
  datatype: Datatype;
  shape: number[];
  /** Plain JSON that is taken where an input is not given. */
  default?: unknown;
};

/** Elements of a tensor of this shape; a scalar has one. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
