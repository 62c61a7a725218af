import { buildModel } from '@callable/formats/build';
import type { Address, Manifest } from '@callable/protocol';
import { describeModel, type Release } from './describe-model.ts';

/** The bytes of y = 2x; `padding` bytes that nothing uses make it larger, `salt` makes it another model. */
export function doublingModel({ padding = 0, salt = 0 } = {}): Uint8Array {
  return buildModel({
    producer: `double-${salt}`,
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n'] }],
    nodes: [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'] }],
    initializers: [
      { name: 'two', datatype: 'FP32', shape: [], values: [2] },
      { name: 'unused', datatype: 'UINT8', shape: [padding], raw: new Uint8Array(padding).fill(salt & 0xff) },
    ],
  });
}

/** A release of that model with a vector that passes. */
export function doublingRelease(
  publisher: Address,
  name: string,
  options: { padding?: number; salt?: number; fields?: Partial<Manifest> } = {},
): Release {
  return describeModel(
    publisher,
    name,
    { 'model.onnx': doublingModel(options) },
    {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
      vectors: [{ name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 5] }, rtol: 1e-4, atol: 1e-6 }],
      ...options.fields,
    },
  );
}
