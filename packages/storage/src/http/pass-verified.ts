import { createHash } from 'node:crypto';
import type { BlobId } from '../blob-store.ts';
import { blobMismatch } from '../storage-error.ts';

/**
 * Passes a stream on while hashing it. Ends with UploadMismatch instead of normally unless the bytes had exactly this
 * size and sha256: whoever has seen the end may rely on all of it, and must undo what was done with the pieces else.
 */
export async function* passVerified(
  source: AsyncIterable<Uint8Array>,
  expected: { id: BlobId; size: number },
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of source) {
    options.signal?.throwIfAborted();
    size += piece.length;
    if (size > expected.size) throw blobMismatch(`More than the ${expected.size} bytes announced were sent.`);
    hash.update(piece);
    yield piece;
  }
  if (size !== expected.size) throw blobMismatch(`${size} bytes were sent, ${expected.size} were announced.`);
  if (hash.digest('hex') !== expected.id) throw blobMismatch(`The bytes sent do not have the sha256 ${expected.id}.`);
}
