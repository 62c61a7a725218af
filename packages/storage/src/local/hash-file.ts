import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { blobMismatch } from '../storage-error.ts';

/** Throws UploadMismatch unless this is an ordinary file, no link, of exactly this sha256 and, when given, size. */
export async function hashFile(
  path: string,
  expected: { id: string; size?: number },
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  // Not blocking: a pipe planted here would otherwise hold us for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? blobMismatch('A link stands where the file should be.') : error;
  });
  const hash = createHash('sha256');
  let size = 0;
  try {
    if (!(await file.stat()).isFile()) throw blobMismatch('What stands where the file should be is no file.');
    for await (const piece of file.createReadStream({ autoClose: false, highWaterMark: 1 << 20, ...options })) {
      hash.update(piece);
      size += piece.length;
    }
  } finally {
    await file.close();
  }
  if (size !== (expected.size ?? size))
    throw blobMismatch(`The file has ${size} bytes, ${expected.size} were announced.`);
  if (hash.digest('hex') !== expected.id) throw blobMismatch(`The file does not have the sha256 ${expected.id}.`);
}
