import { createHash, type Hash } from 'node:crypto';
import { chunkBytes } from '@callable/protocol';
import type { BlobId, BlobReader } from './blob-store.ts';
import { isMismatch } from './storage-error.ts';

export type BlobVerdict =
  | { ok: true }
  /** `damaged`: what is stored is not what its name says. Otherwise the bytes are right and `chunks` is wrong. */
  | { ok: false; reason: 'FileMissing' | 'HashMismatch'; damaged: boolean; message: string };

/**
 * Reads a blob back, whole, and compares it with its name, its size and, when given, the sha256 of each 4 MiB chunk.
 * Bounded memory. Rejects with what the store throws when it cannot be read.
 */
export async function verifyBlob(
  store: BlobReader,
  id: BlobId,
  size: number,
  options: { signal?: AbortSignal; chunks?: readonly string[] } = {},
): Promise<BlobVerdict> {
  const { chunks, ...abortable } = options;
  const bytes = await store.read(id, { offset: 0 }, abortable);
  if (!bytes) return { ok: false, reason: 'FileMissing', damaged: false, message: `No bytes are stored under ${id}.` };
  const hash = createHash('sha256');
  // The only chunk of a file has the hash of the file, which is compared anyway.
  const chunkHashes = chunks && chunks.length > 1 ? hashChunks() : null;
  let read = 0;
  const mismatch = (damaged: boolean, message: string) =>
    ({ ok: false, reason: 'HashMismatch', damaged, message }) as const;
  try {
    for await (const piece of bytes) {
      hash.update(piece);
      chunkHashes?.update(piece);
      read += piece.length;
    }
  } catch (error) {
    // A store that checks what it reads has found it out itself.
    if (isMismatch(error)) return mismatch(true, (error as Error).message);
    throw error;
  }
  // Length and content apart: a publisher can state a wrong size of bytes that are right.
  if (hash.digest('hex') !== id) return mismatch(true, `The bytes stored under ${id} have changed.`);
  if (read !== size) return mismatch(false, `${read} bytes are stored under ${id}, ${size} were published.`);
  const wrong = chunkHashes?.end().findIndex((sha256, index) => sha256 !== chunks?.[index]) ?? -1;
  return wrong < 0
    ? { ok: true }
    : mismatch(false, `Chunk ${wrong} does not have the hash the manifest gives it, the whole file does.`);
}

/** The sha256 of every chunk of a stream, whatever pieces it comes in. */
function hashChunks() {
  const done: string[] = [];
  let current: Hash = createHash('sha256');
  let room: number = chunkBytes;
  const finish = () => {
    done.push(current.digest('hex'));
    current = createHash('sha256');
    room = chunkBytes;
  };
  return {
    update(piece: Uint8Array) {
      for (let at = 0; at < piece.length; ) {
        const part = piece.subarray(at, at + room);
        current.update(part);
        at += part.length;
        room -= part.length;
        if (room === 0) finish();
      }
    },
    end() {
      if (room < chunkBytes) finish();
      return done;
    },
  };
}
