import type { Datatype } from '@callable/protocol';

/** The runtime's names of the datatypes. */
export const ortTypes = {
  BOOL: 'bool',
  BYTES: 'string',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
} as const satisfies Record<Datatype, string>;

const datatypesByOrt = new Map<string, Datatype>(
  Object.entries(ortTypes).map(([datatype, type]) => [type, datatype as Datatype]),
);

/** The datatype the runtime calls by this name, or null for those no protocol carries, such as bfloat16. */
export function datatypeOfOrt(type: string): Datatype | null {
  return datatypesByOrt.get(type) ?? null;
}
