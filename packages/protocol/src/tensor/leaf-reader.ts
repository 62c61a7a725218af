import type { Datatype } from '../datatype.ts';
import { type InputProblemCode, quoteName, showShape } from './input-problem.ts';
import { byteOf, type JsonCursor } from './json-cursor.ts';
import type { Place } from './place.ts';

/** Reads the values of one datatype at the bottom of nested arrays and keeps them as tensor bytes. */
export type LeafReader = {
  /** Reads one value or more of a list and says how many. */
  read(cursor: JsonCursor, place: Place): number;
  /** The bytes of everything read; place and shape serve a refusal that only now shows. */
  finish(place: Place, shape: readonly number[]): Uint8Array;
};

/** The value under the cursor is not of the datatype. */
export function refuseKind(cursor: JsonCursor, place: Place, datatype: Datatype): never {
  const got = kindAt(cursor.peek()) ?? cursor.refuse('expected a value');
  const kind = datatype === 'BYTES' ? 'strings' : datatype === 'BOOL' ? 'true or false' : 'numbers';
  return place.refuse('WrongDatatype', `${quoteName(place.spec.name)} is ${datatype} but holds ${got}; send ${kind}.`, {
    got,
    expected: `${datatype} ${showShape(place.spec.shape)}`,
  });
}

/** The element at a flat index is of the right kind but not among the values of the datatype. */
export function refuseElement(
  place: Place,
  shape: readonly number[],
  flat: number,
  code: InputProblemCode,
  got: string,
  expected: string,
): never {
  place.index.length = 0;
  let rest = flat;
  for (const size of [...shape].reverse()) {
    place.index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const short = got.length > 40 ? `${got.slice(0, 40)}…` : got;
  return place.refuse(code, `${quoteName(place.spec.name)} holds ${short}; send ${expected}.`, {
    got: short,
    expected,
  });
}

function kindAt(byte: number): string | null {
  if (byte === byteOf.quote) return 'a string';
  if (byte === byteOf.openObject) return 'an object';
  if (byte === 0x74 || byte === 0x66) return 'a boolean';
  if (byte === 0x6e) return 'null';
  return byte === byteOf.minus || (byte >= 0x30 && byte <= 0x39) ? 'a number' : null;
}
