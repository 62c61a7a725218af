import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { blobMismatch } from '../storage-error.ts';

/** Writes a stream to a new file while hashing it; throws unless it has exactly this size and sha256. */
export async function writeVerified(
  path: string,
  expected: { id: string; size: number },
  source: AsyncIterable<Uint8Array>,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of source) {
      options.signal?.throwIfAborted();
      size += piece.length;
      if (size > expected.size) throw blobMismatch(`More than the ${expected.size} bytes announced were sent.`);
      hash.update(piece);
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  if (size !== expected.size) throw blobMismatch(`${size} bytes were sent, ${expected.size} were announced.`);
  if (hash.digest('hex') !== expected.id) throw blobMismatch(`The bytes sent do not have the sha256 ${expected.id}.`);
}
