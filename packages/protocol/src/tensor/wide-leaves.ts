import { byteOf, type JsonCursor } from './json-cursor.ts';
import { type LeafReader, refuseElement, refuseKind } from './leaf-reader.ts';

/** 64-bit integers, exact to the last digit: a double would lose those beyond 2^53. */
export function wideLeaves(datatype: 'INT64' | 'UINT64', capacity: number): LeafReader {
  let words = new Int32Array(2 * capacity);
  let length = 0;
  const [least, most] = datatype === 'INT64' ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
  const expected = `whole numbers from ${least} to ${most} (${datatype})`;
  let fault: { flat: number; text: string; kind: Fault } | null = null;
  return {
    read(cursor, place) {
      if (!standsAtNumber(cursor)) return refuseKind(cursor, place, datatype);
      if (2 * length === words.length) words = grown(words);
      const small = readSmall(cursor);
      if (small !== null && (small >= 0 || datatype === 'INT64')) {
        words[2 * length] = small | 0;
        words[2 * length + 1] = Math.floor(small / 2 ** 32);
      } else {
        const text = small !== null ? String(small) : cursor.readNumberText();
        const value = exactly(text);
        const kind = typeof value === 'string' ? value : value < least || value > most ? 'beyond' : null;
        if (kind) fault ??= { flat: length, text, kind };
        const held = BigInt.asUintN(64, typeof value === 'string' ? 0n : value);
        words[2 * length] = Number(held & 0xffffffffn) | 0;
        words[2 * length + 1] = Number(held >> 32n) | 0;
      }
      length++;
      return 1;
    },
    finish(place, shape) {
      if (fault)
        refuseElement(
          place,
          shape,
          fault.flat,
          fault.kind === 'beyond' ? 'OutOfRange' : 'WrongDatatype',
          fault.text,
          fault.kind === 'rounded' ? allDigits : expected,
        );
      return new Uint8Array(words.slice(0, 2 * length).buffer);
    },
  };
}

function standsAtNumber(cursor: JsonCursor): boolean {
  const byte = cursor.peek();
  return byte === byteOf.minus || (byte >= 0x30 && byte <= 0x39);
}

/** An integer of at most 15 digits without fraction or exponent, which a double holds; null for any other. */
function readSmall(cursor: JsonCursor): number | null {
  const { bytes } = cursor;
  const negative = bytes[cursor.position] === byteOf.minus;
  const start = cursor.position + (negative ? 1 : 0);
  let at = start;
  let value = 0;
  let digit = (bytes[at] as number) ^ 0x30;
  while (digit <= 9 && at - start < 15) {
    value = value * 10 + digit;
    digit = (bytes[++at] as number) ^ 0x30;
  }
  const more = bytes[at] as number;
  if (at === start || digit <= 9 || more === 0x2e || (more | 0x20) === 0x65) return null;
  if (bytes[start] === 0x30 && at - start > 1) return null;
  cursor.position = at;
  return negative ? -value : value;
}

type Fault = 'beyond' | 'fraction' | 'rounded';

const allDigits =
  'whole numbers beyond 2^53 with all their digits, without point or exponent (in JavaScript a BigInt): written so they may have been rounded';

/**
 * The integer a JSON number stands for, or why there is none. From 2^53 on a point or an exponent means that a double wrote
 * it, which cannot tell it from its neighbours.
 */
function exactly(text: string): bigint | Fault {
  if (/^-?\d+$/.test(text)) return text.length > 400 ? 'beyond' : BigInt(text);
  const value = Number(text);
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (!Number.isInteger(value)) return Number.isFinite(value) ? 'fraction' : 'beyond';
  return Math.abs(value) < 2 ** 64 ? 'rounded' : 'beyond';
}

function grown(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(32, words.length * 2));
  larger.set(words);
  return larger;
}
