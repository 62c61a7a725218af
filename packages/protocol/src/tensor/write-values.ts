import { writeNumber } from '../json/write-number.ts';
import { numberToHalf } from './half.ts';
import type { JsonWriter } from './json-writer.ts';
import { type Elements, readElements } from './read-elements.ts';
import type { Tensor } from './tensor.ts';
import { float32Room, writeFloat32 } from './write-float32.ts';

/** Writes the elements from one index up to another, with commas between them. */
export type WriteRow = (writer: JsonWriter, from: number, to: number) => void;

/**
 * How the elements of a tensor are written: floats with the fewest digits that read back as the
 * same value of their width, integers exactly, NaN and infinities as strings. A float from 2^53 on has an exponent,
 * as `writeNumber` says why.
 */
export function rowWriterOf(tensor: Tensor): WriteRow {
  const elements = readElements(tensor);
  if (tensor.datatype === 'FP32') return float32Rows(elements as Float32Array);
  const show = tensor.datatype === 'FP16' ? showHalf : writeNumber;
  return (writer, from, to) => {
    for (let i = from; i < to; i++) {
      if (i > from) writer.byte(0x2c);
      const element: Elements[number] | undefined = elements[i];
      if (typeof element === 'number') writer.ascii(show(element));
      else if (typeof element === 'string') writer.json(element);
      else writer.ascii(String(element));
    }
  };
}

function float32Rows(elements: Float32Array): WriteRow {
  return (writer, from, to) => {
    for (let i = from; i < to; i++) {
      writer.reserve(float32Room + 1);
      if (i > from) writer.put(0x2c);
      writer.length = writeFloat32(writer.bytes, writer.length, elements[i] as number);
    }
  };
}

/** There are only 65536 halves, so each is searched once. */
const halves: (string | undefined)[] = [];

function showHalf(value: number): string {
  const bits = numberToHalf(value);
  halves[bits] ??= Number.isFinite(value) && value !== 0 ? shortestHalf(value, bits) : writeNumber(value);
  return halves[bits];
}

function shortestHalf(value: number, bits: number): string {
  for (let digits = 1; digits < 5; digits++) {
    const near = Number(value.toPrecision(digits));
    if (numberToHalf(near) === bits) return String(near);
  }
  return String(Number(value.toPrecision(5)));
}
