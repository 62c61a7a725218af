import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';
import { checkSpare } from './room/check-room.ts';

/** A chunk whose hash was found right, in pieces. */
export type HeldChunk = AsyncDisposable & { pieces: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array> };

/**
 * Takes the bytes of a chunk until its hash is known, and throws ChunkMismatch when it is wrong. They wait in memory;
 * in a file when all the memory for it is taken, so that senders who trickle keep nobody from sending.
 */
export async function holdChunk(
  ctx: Pick<HubContext, 'chunkBuffers' | 'config' | 'freeBytes'>,
  chunk: AnnouncedChunk,
  source: AsyncIterable<Uint8Array>,
  spoolBeside: string,
): Promise<HeldChunk> {
  const buffer = ctx.chunkBuffers.take();
  if (!buffer) return spoolChunk(ctx, chunk, source, `${spoolBeside}.${chunk.index}.${randomUUID()}`);
  const give = async () => ctx.chunkBuffers.give(buffer);
  let filled = 0;
  try {
    for await (const piece of checked(chunk, source)) {
      buffer.set(piece, filled);
      filled += piece.length;
    }
  } catch (error) {
    await give();
    throw error;
  }
  return { pieces: () => [buffer.subarray(0, filled)], [Symbol.asyncDispose]: give };
}

async function spoolChunk(
  ctx: Pick<HubContext, 'config' | 'freeBytes'>,
  chunk: AnnouncedChunk,
  source: AsyncIterable<Uint8Array>,
  path: string,
): Promise<HeldChunk> {
  const remove = () => rm(path, { force: true });
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const piece of checked(chunk, source)) {
        // Each time: nobody reserved this, and there may be as many as there are senders.
        await checkSpare(ctx, piece.length);
        await file.writeFile(piece);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const pieces = () => createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
  return { pieces, [Symbol.asyncDispose]: remove };
}

/** The same pieces; throws in place of the end when they are not the chunk, and before any that is too much. */
async function* checked(chunk: AnnouncedChunk, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    if (size > chunk.size)
      throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} has more than its ${chunk.size} bytes.`);
    hash.update(piece);
    yield piece;
  }
  if (size !== chunk.size)
    throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} has ${size} of its ${chunk.size} bytes.`);
  if (hash.digest('hex') !== chunk.sha256)
    throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} does not have the hash ${chunk.sha256}.`);
}
