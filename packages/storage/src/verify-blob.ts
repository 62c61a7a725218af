import { createHash } from 'node:crypto';
import type { BlobId, BlobStore } from './blob-store.ts';

export type BlobVerdict = { ok: true } | { ok: false; reason: 'FileMissing' | 'HashMismatch'; message: string };

/** Reads a blob back, whole, and compares it with its name and size. Bounded memory. */
export async function verifyBlob(
  store: BlobStore,
  id: BlobId,
  size: number,
  options: { signal?: AbortSignal } = {},
): Promise<BlobVerdict> {
  const bytes = await store.read(id, { offset: 0 }, options);
  if (!bytes) return { ok: false, reason: 'FileMissing', message: `No bytes are stored under ${id}.` };
  const hash = createHash('sha256');
  let read = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    read += piece.length;
  }
  if (read !== size)
    return {
      ok: false,
      reason: 'HashMismatch',
      message: `${read} bytes are stored under ${id}, ${size} were published.`,
    };
  return hash.digest('hex') === id
    ? { ok: true }
    : { ok: false, reason: 'HashMismatch', message: `The bytes stored under ${id} have changed.` };
}
