import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { blobMismatch } from '../storage-error.ts';

/** Throws unless the file has exactly this size and sha256. */
export async function hashFile(
  path: string,
  expected: { id: string; size: number },
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20, ...options })) {
    hash.update(piece);
    size += piece.length;
  }
  if (size !== expected.size) throw blobMismatch(`The file has ${size} bytes, ${expected.size} were announced.`);
  if (hash.digest('hex') !== expected.id) throw blobMismatch(`The file does not have the sha256 ${expected.id}.`);
}
