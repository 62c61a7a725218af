import { encodeTexts, readElements, type Tensor } from '@callable/protocol/tensor';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { datatypeOfOrt, ortTypes } from './ort-types.ts';

/** The runtime's class of tensors. Each build has its own and knows no other. */
export type TensorClass = typeof OrtTensor;

/** A tensor as the runtime takes it; numbers are not copied. */
export function toOrt(tensor: Tensor, OrtTensor: TensorClass): OrtTensor {
  const { datatype, shape, data } = tensor;
  if (datatype === 'BYTES') return new OrtTensor('string', readElements(tensor) as string[], shape);
  if (datatype === 'BOOL') return new OrtTensor('bool', data, shape);
  if (datatype === 'FP16') return new OrtTensor('float16', halves(data), shape);
  return new OrtTensor(ortTypes[datatype], readElements(tensor) as never, shape);
}

/** A tensor of the runtime as everybody else knows it; numbers are not copied. */
export function fromOrt(name: string, tensor: OrtTensor | undefined): Tensor {
  const datatype = tensor === undefined ? null : datatypeOfOrt(tensor.type);
  if (tensor === undefined || datatype === null)
    throw new TypeError(`the output ${name} is no tensor that can be sent`);
  const shape = [...tensor.dims];
  if (datatype === 'BYTES') return { name, datatype, shape, data: encodeTexts(tensor.data as string[]) };
  const { buffer, byteOffset, byteLength } = tensor.data as Exclude<OrtTensor['data'], string[]>;
  return { name, datatype, shape, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** From Node 24 on the binding wants the language's own array of halves, before that their bits. */
function halves(data: Uint8Array): Uint16Array {
  const { Float16Array } = globalThis as { Float16Array?: typeof Uint16Array };
  return new (Float16Array ?? Uint16Array)(data.slice().buffer);
}
