import { ownMember } from '@callable/protocol';
import type { Tensor } from '../model/messages.ts';

/** The names and widths of `TensorProto.DataType`, and which data field may hold each when it is not raw. */
export type TensorType = {
  readonly name: string;
  readonly bits: number;
  readonly field: TensorField;
  /** Elements of the tensor per entry of that field; 0.5 means two entries per element. */
  readonly perEntry: number;
};
export type TensorField = 'floats' | 'int32s' | 'int64s' | 'doubles' | 'uint64s' | 'texts';

const type = (name: string, bits: number, field: TensorField, perEntry = 1): TensorType => ({
  name,
  bits,
  field,
  perEntry,
});

const tensorTypes: Readonly<Record<number, TensorType>> = {
  1: type('FLOAT', 32, 'floats'),
  2: type('UINT8', 8, 'int32s'),
  3: type('INT8', 8, 'int32s'),
  4: type('UINT16', 16, 'int32s'),
  5: type('INT16', 16, 'int32s'),
  6: type('INT32', 32, 'int32s'),
  7: type('INT64', 64, 'int64s'),
  8: type('STRING', 0, 'texts'),
  9: type('BOOL', 8, 'int32s'),
  10: type('FLOAT16', 16, 'int32s'),
  11: type('DOUBLE', 64, 'doubles'),
  12: type('UINT32', 32, 'uint64s'),
  13: type('UINT64', 64, 'uint64s'),
  14: type('COMPLEX64', 64, 'floats', 0.5),
  15: type('COMPLEX128', 128, 'doubles', 0.5),
  16: type('BFLOAT16', 16, 'int32s'),
  17: type('FLOAT8E4M3FN', 8, 'int32s'),
  18: type('FLOAT8E4M3FNUZ', 8, 'int32s'),
  19: type('FLOAT8E5M2', 8, 'int32s'),
  20: type('FLOAT8E5M2FNUZ', 8, 'int32s'),
  21: type('UINT4', 4, 'int32s', 2),
  22: type('INT4', 4, 'int32s', 2),
  23: type('FLOAT4E2M1', 4, 'int32s', 2),
  24: type('FLOAT8E8M0', 8, 'int32s'),
  25: type('UINT2', 2, 'int32s', 4),
  26: type('INT2', 2, 'int32s', 4),
};

export function tensorType(code: number): TensorType | null {
  return ownMember(tensorTypes, code) ?? null;
}

/** Of IR version 14, which no node reads: known by name only. */
const newerTypes: ReadonlyMap<number, string> = new Map([
  [27, 'FLOAT6E2M3'],
  [28, 'FLOAT6E3M2'],
]);

export function tensorTypeName(code: number): string {
  return tensorType(code)?.name ?? newerTypes.get(code) ?? (code === 0 ? 'UNDEFINED' : `unknown type ${code}`);
}

/** Elements of a shape, or Infinity where the product leaves the exact range; NaN for a negative axis. */
export function elementCount(dims: readonly number[]): number {
  let product = 1;
  for (const dim of dims) {
    if (!(dim >= 0)) return Number.NaN;
    if (dim === 0) return 0;
    product *= dim;
  }
  return product > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : product;
}

/** The integers of a short tensor (a shape, a trip count, a flag), or null where it is long or of another type. */
export function smallIntegers(tensor: Tensor): number[] | null {
  const run = tensor.int64s ?? tensor.int32s;
  if (run) return run.count === run.values.length ? run.values : null;
  const bytes = tensor.raw?.bytes;
  const width = { 2: 1, 3: 1, 6: 4, 7: 8, 9: 1 }[tensor.datatype];
  if (!bytes || !width || bytes.length % width !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / width }, (_, index) => {
    if (width === 1) return tensor.datatype === 3 ? view.getInt8(index) : view.getUint8(index);
    if (width === 4) return view.getInt32(index * 4, true);
    return saturated(view.getBigInt64(index * 8, true));
  });
}

/** The FP32 numbers of a short tensor (scales), or null where it is long or of another type. */
export function smallFloats(tensor: Tensor): number[] | null {
  if (tensor.datatype !== 1) return null;
  const run = tensor.floats;
  if (run) return run.count === run.values.length ? run.values : null;
  const bytes = tensor.raw?.bytes;
  if (!bytes || bytes.length % 4 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
}

function saturated(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.POSITIVE_INFINITY;
  return value < BigInt(Number.MIN_SAFE_INTEGER) ? Number.NEGATIVE_INFINITY : Number(value);
}
