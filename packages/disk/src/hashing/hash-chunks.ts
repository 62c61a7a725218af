import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { chunkBytes } from '@callable/protocol';
import { readFully } from '../files/read-fully.ts';

export type HashedChunks = { size: number; sha256: string; chunks: string[] };

/** Size, sha256 and the sha256 of each 4 MiB piece of a file, in one pass. Follows links: the file is the user's own. */
export async function hashChunks(path: string, signal: AbortSignal): Promise<HashedChunks> {
  const whole = createHash('sha256');
  const chunks: string[] = [];
  let size = 0;
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      signal.throwIfAborted();
      const piece = await readFully(handle, buffer, size);
      if (piece.length === 0) break;
      whole.update(piece);
      chunks.push(createHash('sha256').update(piece).digest('hex'));
      size += piece.length;
      if (piece.length < chunkBytes) break;
    }
  } finally {
    await handle.close();
  }
  return { size, sha256: whole.digest('hex'), chunks };
}
