import type { ByteSource } from '../../bytes-source.ts';
import type { Edit } from './edit-source.ts';
import type { FieldAt } from './field-at.ts';
import { type FieldReader, openFieldReader } from './open-field-reader.ts';
import { textKindOf } from './texts-of-model.ts';

/**
 * Where `after` is something else than `before` with these texts changed, in a few words, or null. Both files are parsed
 * and compared field by field, weights byte by byte, through small windows: it trusts nothing of how the edit was made.
 */
export async function compareEdited(
  before: ByteSource,
  after: ByteSource,
  edits: readonly Edit[],
  signal?: AbortSignal,
): Promise<string | null> {
  const edited = new Map(edits.map((edit) => [edit.start, edit]));
  const [old, young] = [openFieldReader(before), openFieldReader(after)];
  const next = async (reader: FieldReader) => {
    for (;;) {
      const field = reader.next();
      if (field !== 'wait') return field;
      signal?.throwIfAborted();
      await reader.wait();
    }
  };
  /** The messages both readers are in, of the old file and of the new. */
  const open: [FieldAt, FieldAt][] = [];
  for (;;) {
    const left = await next(old);
    if (left === 'broken') return 'the old file cannot be read';
    const edit = left === 'end' ? undefined : edited.get(left.start);
    if (left !== 'end' && edit) {
      if (textKindOf(left) === null || edit.end !== left.end) return `byte ${left.start} of the old file is no text`;
      if (edit.bytes.length === 0) continue;
    }
    const right = await next(young);
    if (right === 'broken') return 'the new file cannot be read';
    if (left === 'end' || right === 'end') return left === right ? null : 'one of them ends earlier';
    const where = `byte ${left.start} of the old file, ${right.start} of the new`;
    while (open.length > 0 && open.at(-1)?.[0] !== left.parent) open.pop();
    if (left.number !== right.number || left.wire !== right.wire || (open.at(-1)?.[1] ?? null) !== right.parent)
      return where;
    if (edit) {
      const written = await after.read(right.start, right.end - right.start);
      if (!isEqual(edit.bytes, written)) return where;
    } else if (left.kind) {
      open.push([left, right]);
      old.enter(left);
      young.enter(right);
    } else if (!(await sameContent(before, after, left, right, [old, young]))) return where;
  }
}

const pieceBytes = 4 * 1024 * 1024;

async function sameContent(
  before: ByteSource,
  after: ByteSource,
  left: FieldAt,
  right: FieldAt,
  [old, young]: readonly [FieldReader, FieldReader],
): Promise<boolean> {
  const length = left.end - left.content;
  if (length !== right.end - right.content) return false;
  if (length <= shortBytes) {
    const [one, other] = [old.read(left), young.read(right)];
    return isEqual(one instanceof Uint8Array ? one : await one, other instanceof Uint8Array ? other : await other);
  }
  for (let at = 0; at < length; at += pieceBytes) {
    const taken = Math.min(pieceBytes, length - at);
    const [one, other] = await Promise.all([
      before.read(left.content + at, taken),
      after.read(right.content + at, taken),
    ]);
    if (!isEqual(one, other)) return false;
  }
  return true;
}

/** What the windows of the readers mostly hold. */
const shortBytes = 16 * 1024;

/** Four bytes at a time where both lie so: byte by byte two gigabytes took four times as long. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let at = 0;
  if (one.byteOffset % 4 === 0 && other.byteOffset % 4 === 0) {
    const words = one.length >> 2;
    const left = new Int32Array(one.buffer, one.byteOffset, words);
    const right = new Int32Array(other.buffer, other.byteOffset, words);
    for (let index = 0; index < words; index += 1) if (left[index] !== right[index]) return false;
    at = words * 4;
  }
  for (; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
