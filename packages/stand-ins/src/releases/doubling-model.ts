import { buildModel } from '@callable/formats/build';

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
