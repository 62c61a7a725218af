import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CallableError, chunkBytes } from '@callable/protocol';
import { translateDiskError } from '@callable/storage';
import type { HubContext } from '../context.ts';
import type { AnnouncedChunk } from './find-chunk.ts';
import { partialPath } from './partial-path.ts';

/**
 * Writes one chunk to its place while hashing it. It counts only when its hash is right and it is synced to disk:
 * an acknowledged chunk survives a power cut, a wrong one costs only itself.
 */
export async function receiveChunk(
  ctx: Pick<HubContext, 'db' | 'config' | 'clock'>,
  chunk: AnnouncedChunk,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const path = partialPath(ctx, chunk.upload, chunk.file);
  await mkdir(dirname(path), { recursive: true });
  const sha256 = await writeChunk(path, chunk, source).catch((error: unknown) => {
    throw translateDiskError(error);
  });
  if (sha256 !== chunk.sha256)
    throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} does not have the hash ${chunk.sha256}.`);
  await ctx.db
    .insertInto('upload_chunk')
    .values({ upload: chunk.upload, file: chunk.file, index: chunk.index })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await ctx.db
    .updateTable('upload')
    .set({ expires_at: ctx.clock() + ctx.config.limits.uploadIdleMs })
    .where('id', '=', chunk.upload)
    .execute();
}

async function writeChunk(path: string, chunk: AnnouncedChunk, source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  // No truncation: other chunks of the file may be in it already. No link followed: one may have been planted.
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    let written = 0;
    for await (const piece of source) {
      if (written + piece.length > chunk.size)
        throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} has more than its ${chunk.size} bytes.`);
      hash.update(piece);
      await file.write(piece, 0, piece.length, chunk.index * chunkBytes + written);
      written += piece.length;
    }
    if (written !== chunk.size)
      throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} has ${written} of its ${chunk.size} bytes.`);
    await file.datasync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}
