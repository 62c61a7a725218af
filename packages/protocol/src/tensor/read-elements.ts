import type { Datatype } from '../datatype.ts';
import { halfToNumber } from './half.ts';
import { countElements, type Tensor } from './tensor.ts';
import { wholeArrays } from './whole-arrays.ts';

export type Elements =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[]
  | boolean[];

/**
 * The elements of a tensor as JavaScript values; FP16 becomes single floats, which hold every half.
 * Where the data is aligned this is a view, not a copy.
 * Throws RangeError when the data does not have the size that shape and datatype say.
 */
export function readElements(tensor: Tensor): Elements {
  const count = countElements(tensor.shape);
  const elements = elementsOf(tensor);
  if (elements.length !== count)
    throw new RangeError(`tensor ${tensor.name} has ${elements.length} elements, its shape says ${count}`);
  return elements;
}

function elementsOf({ datatype, data, name }: Tensor): Elements {
  if (datatype === 'BYTES') return readTexts(data, name);
  if (datatype === 'BOOL') return Array.from(data, (byte) => byte !== 0);
  if (datatype === 'FP16') return Float32Array.from(view(Uint16Array, data) as Uint16Array, halfToNumber);
  return view(arrays[datatype], data);
}

type NumberArray = Exclude<Elements, string[] | boolean[]>;
type NumberArrayOf = {
  new (buffer: ArrayBufferLike, offset: number, length: number): NumberArray;
  readonly BYTES_PER_ELEMENT: number;
};

const arrays: Record<Exclude<Datatype, 'BYTES' | 'BOOL' | 'FP16'>, NumberArrayOf> = {
  FP32: Float32Array,
  FP64: Float64Array,
  ...wholeArrays,
};

/** Typed arrays are little-endian on every machine Node runs models on. */
function view(array: NumberArrayOf, data: Uint8Array): NumberArray {
  const width = array.BYTES_PER_ELEMENT;
  const aligned = data.byteOffset % width === 0 ? data : data.slice();
  return new array(aligned.buffer, aligned.byteOffset, Math.floor(data.byteLength / width));
}

function readTexts(data: Uint8Array, name: string): string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const header = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < data.length; ) {
    const length = at + 4 <= data.length ? header.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > data.length) throw new RangeError(`tensor ${name} has a string that runs past its end`);
    texts.push(decoder.decode(data.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return texts;
}
