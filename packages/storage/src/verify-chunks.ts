import { createHash } from 'node:crypto';
import { chunkBytes } from '@callable/protocol';
import type { BlobId, BlobReader } from './blob-store.ts';
import { isMismatch } from './storage-error.ts';
import type { BlobVerdict } from './verify-blob.ts';

/**
 * Reads some chunks of a blob back and compares each with its hash: an audit that costs the same for a file of any
 * size. It finds damage with the share of chunks it looks at; the whole is read by `verifyBlob`.
 */
export async function verifyChunks(
  store: BlobReader,
  id: BlobId,
  chunks: readonly string[],
  indexes: readonly number[],
  options: { signal?: AbortSignal } = {},
): Promise<BlobVerdict> {
  for (const index of indexes) {
    const bytes = await store.read(id, { offset: index * chunkBytes, length: chunkBytes }, options);
    if (!bytes)
      return { ok: false, reason: 'FileMissing', damaged: false, message: `No bytes are stored under ${id}.` };
    const hash = createHash('sha256');
    const changed = { ok: false, reason: 'HashMismatch', damaged: true } as const;
    try {
      for await (const piece of bytes) hash.update(piece);
    } catch (error) {
      // A store that checks what it reads has found it out itself.
      if (isMismatch(error)) return { ...changed, message: (error as Error).message };
      throw error;
    }
    if (hash.digest('hex') !== chunks[index]) return { ...changed, message: `Chunk ${index} of ${id} has changed.` };
  }
  return { ok: true };
}
