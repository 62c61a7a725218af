import type { ByteSource } from '../../bytes-source.ts';
import { joined, varint } from '../wire/encode-field.ts';
import type { FieldAt } from './field-at.ts';

/** Whole fields inside one message, from `start` to `end`, become these bytes: none removes, `start === end` inserts. */
export type Edit = {
  readonly start: number;
  readonly end: number;
  /** The message it lies in; null for the model itself. */
  readonly parent: FieldAt | null;
  readonly bytes: Uint8Array;
};

/** Replaces a whole field. */
export const replaced = (field: FieldAt, bytes: Uint8Array): Edit => ({ ...placeOf(field), bytes });

const placeOf = ({ start, end, parent }: FieldAt) => ({ start, end, parent });

/**
 * The model with these edits made, as a source that reads on demand: a model of many GB is changed without being held or
 * copied. The lengths of all messages around an edit follow; every other byte is the one that was there.
 */
export function editSource(source: ByteSource, edits: readonly Edit[]): ByteSource {
  return piecesSource(source, cut(source.size, [...edits, ...newHeaders(edits)]));
}

/** Tag and length of every message around an edit. */
function newHeaders(edits: readonly Edit[]): Edit[] {
  const growth = new Map<FieldAt | null, number>();
  const grow = (message: FieldAt | null, by: number) => growth.set(message, (growth.get(message) ?? 0) + by);
  for (const { start, end, parent, bytes } of edits) {
    for (let around = parent; around; around = around.parent) grow(around, 0);
    grow(parent, bytes.length - (end - start));
  }
  const inward = [...growth.keys()].filter((message) => message !== null);
  const depths = new Map(inward.map((message) => [message, depthOf(message)]));
  inward.sort((one, other) => (depths.get(other) ?? 0) - (depths.get(one) ?? 0));
  return inward.map((message) => {
    const { number, start, content, end, parent } = message;
    const grown = growth.get(message) ?? 0;
    const bytes = joined([varint(number * 8 + 2), varint(end - content + grown)]);
    grow(parent, grown + bytes.length - (content - start));
    return { start, end: content, parent, bytes };
  });
}

function depthOf(field: FieldAt): number {
  let depth = 0;
  for (let around = field.parent; around; around = around.parent) depth += 1;
  return depth;
}

/** `from` says where in the old source it lies, or is the bytes themselves. */
type Piece = { readonly at: number; readonly length: number; readonly from: number | Uint8Array };

function cut(size: number, edits: readonly Edit[]): Piece[] {
  const inOrder = [...edits].sort((one, other) => one.start - other.start || one.end - other.end);
  const pieces: Piece[] = [];
  let read = 0;
  let at = 0;
  const add = (length: number, from: number | Uint8Array) => {
    if (length > 0) pieces.push({ at, length, from });
    at += length;
  };
  for (const { start, end, bytes } of inOrder) {
    if (start < read) throw new Error(`Two edits overlap at byte ${start}.`);
    add(start - read, read);
    add(bytes.length, bytes);
    read = end;
  }
  add(size - read, read);
  return pieces;
}

function piecesSource(source: ByteSource, pieces: readonly Piece[]): ByteSource {
  const last = pieces.at(-1);
  return {
    size: last ? last.at + last.length : 0,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      const near = nearby(source);
      for (let index = pieceAt(pieces, offset); filled < length; index += 1) {
        const piece = pieces[index];
        if (!piece) throw new Error(`Byte ${offset + filled} is outside of the source.`);
        const skipped = offset + filled - piece.at;
        const taken = Math.min(piece.length - skipped, length - filled);
        const { from } = piece;
        const part =
          typeof from === 'number' ? await near(from + skipped, taken) : from.subarray(skipped, skipped + taken);
        bytes.set(part, filled);
        filled += taken;
      }
      return bytes;
    },
  };
}

/** The last piece that begins at or before this byte. */
function pieceAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Reads a little more than asked for: a graph with a text removed at each node is a hundred thousand short pieces. */
function nearby({ read, size }: ByteSource) {
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  return async (offset: number, length: number): Promise<Uint8Array> => {
    if (length >= windowBytes) return read(offset, length);
    if (offset < windowStart || offset + length > windowStart + window.length) {
      window = await read(offset, Math.min(windowBytes, size - offset));
      windowStart = offset;
    }
    return window.subarray(offset - windowStart, offset - windowStart + length);
  };
}

const windowBytes = 64 * 1024;
