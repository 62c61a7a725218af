import type { Datatype } from '../datatype.ts';
import { numberToHalf } from './half.ts';
import { byteOf, type JsonCursor } from './json-cursor.ts';
import { type LeafReader, refuseElement, refuseKind } from './leaf-reader.ts';
import { type NumberSink, readNumbers } from './read-numbers.ts';

export type NumberDatatype = Exclude<Datatype, 'BYTES' | 'BOOL' | 'INT64' | 'UINT64'>;

/** Numbers that a double holds exactly: every datatype but the 64-bit integers. */
export function numberLeaves(datatype: NumberDatatype, capacity: number): LeafReader {
  const sink: NumberSink = {
    values: new Float64Array(capacity),
    length: 0,
    narrow: datatype === 'FP32',
    overflow: -1,
  };
  const isFloat = datatype.startsWith('FP');
  return {
    read(cursor, place) {
      const count = readNumbers(cursor, sink);
      if (count > 0) return count;
      const special = isFloat ? readSpecial(cursor) : undefined;
      if (special === undefined) return refuseKind(cursor, place, datatype);
      push(sink, special);
      return 1;
    },
    finish(place, shape) {
      const values = sink.values.subarray(0, sink.length);
      const out = elementsOf[datatype](values);
      const fault =
        sink.overflow !== -1 ? sink.overflow : isFloat ? findOverflow(datatype, out, values) : findMisfit(out, values);
      if (fault !== -1) {
        const value = values[fault] ?? 0;
        if (isFloat || Number.isInteger(value) || fault === sink.overflow)
          refuseElement(
            place,
            shape,
            fault,
            'OutOfRange',
            fault === sink.overflow ? 'a number beyond 1.8e308' : String(value),
            ranges[datatype],
          );
        refuseElement(place, shape, fault, 'WrongDatatype', String(value), `whole numbers, because it is ${datatype}`);
      }
      return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    },
  };
}

type Elements =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

const elementsOf: Record<NumberDatatype, (values: Float64Array) => Elements> = {
  FP16: (values) => Uint16Array.from(values, numberToHalf),
  FP32: (values) => new Float32Array(values),
  // A copy, because the run may have grown to twice its need and a tensor must own its bytes.
  FP64: (values) => values.slice(),
  INT8: (values) => new Int8Array(values),
  INT16: (values) => new Int16Array(values),
  INT32: (values) => new Int32Array(values),
  UINT8: (values) => new Uint8Array(values),
  UINT16: (values) => new Uint16Array(values),
  UINT32: (values) => new Uint32Array(values),
};

const ranges: Record<NumberDatatype, string> = {
  FP16: 'numbers within ±65504 (FP16)',
  FP32: 'numbers within ±3.4e38 (FP32)',
  FP64: 'numbers within ±1.79e308 (FP64)',
  INT8: 'whole numbers from -128 to 127 (INT8)',
  INT16: 'whole numbers from -32768 to 32767 (INT16)',
  INT32: 'whole numbers from -2147483648 to 2147483647 (INT32)',
  UINT8: 'whole numbers from 0 to 255 (UINT8)',
  UINT16: 'whole numbers from 0 to 65535 (UINT16)',
  UINT32: 'whole numbers from 0 to 4294967295 (UINT32)',
};

/** JSON has no spelling for these, so every float takes them as strings. */
function readSpecial(cursor: JsonCursor): number | undefined {
  if (cursor.peek() !== byteOf.quote) return undefined;
  const before = cursor.position;
  const special = specials.get(cursor.readText());
  if (special === undefined) cursor.position = before;
  return special;
}

const specials = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function push(sink: NumberSink, value: number): void {
  if (sink.length === sink.values.length) {
    const larger = new Float64Array(Math.max(16, sink.length * 2));
    larger.set(sink.values);
    sink.values = larger;
  }
  sink.values[sink.length++] = value;
}

/** The first finite number that became infinite in a narrower float; -1 if none. */
function findOverflow(datatype: NumberDatatype, out: Elements, values: Float64Array): number {
  if (datatype === 'FP64') return -1;
  for (let i = 0; i < values.length; i++) {
    const infinite =
      datatype === 'FP16' ? ((out[i] ?? 0) & 0x7fff) === 0x7c00 : Math.abs(out[i] ?? 0) === Number.POSITIVE_INFINITY;
    if (infinite && Number.isFinite(values[i])) return i;
  }
  return -1;
}

/** The first number that an integer array did not keep as it was; -1 if none. */
function findMisfit(out: Elements, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) if (out[i] !== values[i]) return i;
  return -1;
}
