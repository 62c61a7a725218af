import { quoteName } from './input-problem.ts';
import { byteOf } from './json-cursor.ts';
import { type LeafReader, refuseKind } from './leaf-reader.ts';
import type { Place } from './place.ts';

/**
 * Strings, kept as BYTES elements: u32 length, then UTF-8. NUL is refused: the runtime takes strings up to the first
 * one (measured), so that the model would answer for another text than the one its receipt names.
 */
export function textLeaves(): LeafReader {
  let out = new Uint8Array(256);
  let length = 0;
  return {
    read(cursor, place) {
      if (cursor.peek() !== byteOf.quote) return refuseKind(cursor, place, 'BYTES');
      const text = cursor.readString();
      if (text.includes(0)) refuseNul(place);
      out = withRoom(out, length, 4 + text.length);
      new DataView(out.buffer).setUint32(length, text.length, true);
      out.set(text, length + 4);
      length += 4 + text.length;
      return 1;
    },
    finish: () => out.slice(0, length),
  };
}

function refuseNul(place: Place): never {
  const message = `${quoteName(place.spec.name)} holds a string with a NUL character, which models cannot take; send it without \\u0000.`;
  return place.refuse('OutOfRange', message, { got: 'a NUL character', expected: 'strings without \\u0000' });
}

/** true and false. Numbers are refused, so that a caller who mixed up two inputs hears of it. */
export function booleanLeaves(): LeafReader {
  let out = new Uint8Array(256);
  let length = 0;
  return {
    read(cursor, place) {
      cursor.peek();
      const value = cursor.takeWord('true') ? 1 : cursor.takeWord('false') ? 0 : refuseKind(cursor, place, 'BOOL');
      out = withRoom(out, length, 1);
      out[length++] = value;
      return 1;
    },
    finish: () => out.slice(0, length),
  };
}

function withRoom(bytes: Uint8Array<ArrayBuffer>, length: number, more: number): Uint8Array<ArrayBuffer> {
  if (length + more <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(length + more, bytes.length * 2));
  larger.set(bytes.subarray(0, length));
  return larger;
}
