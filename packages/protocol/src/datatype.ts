/**
 * Tensor datatypes of the Open Inference Protocol, in the spelling of its REST specification,
 * each with the number ONNX's `TensorProto.DataType` gives it and its width on the wire.
 * BYTES stands for ONNX strings: variable width, u32 little-endian length before each element.
 */
export const datatypes = {
  FP32: { onnx: 1, bytes: 4 },
  UINT8: { onnx: 2, bytes: 1 },
  INT8: { onnx: 3, bytes: 1 },
  UINT16: { onnx: 4, bytes: 2 },
  INT16: { onnx: 5, bytes: 2 },
  INT32: { onnx: 6, bytes: 4 },
  INT64: { onnx: 7, bytes: 8 },
  BYTES: { onnx: 8, bytes: null },
  BOOL: { onnx: 9, bytes: 1 },
  FP16: { onnx: 10, bytes: 2 },
  FP64: { onnx: 11, bytes: 8 },
  UINT32: { onnx: 12, bytes: 4 },
  UINT64: { onnx: 13, bytes: 8 },
} as const;

export type Datatype = keyof typeof datatypes;

/** The datatype ONNX calls by this number, or null where the Open Inference Protocol has no word for it. */
export function datatypeOfOnnx(code: number): Datatype | null {
  const found = Object.entries(datatypes).find(([, row]) => row.onnx === code);
  return found ? (found[0] as Datatype) : null;
}
