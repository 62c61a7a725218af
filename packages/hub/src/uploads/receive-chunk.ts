import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskError, openDirectory, syncDirectory, translateDiskError, writeFully } from '@callable/disk';
import { chunkBytes } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { countChunk } from './count-chunk.ts';
import { findChunk } from './find-chunk.ts';
import { type HeldChunk, holdChunk } from './hold-chunk.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';
import { partialPath, piecesPath } from './partials/partial-path.ts';
import { checkRoom, checkSpare } from './room/check-room.ts';

type ReceiveContext = Pick<
  HubContext,
  'db' | 'blobs' | 'config' | 'clock' | 'chunkBuffers' | 'fileHashes' | 'freeBytes' | 'roomClaims'
>;

/**
 * Takes one chunk. Its bytes reach the file of the upload only after their hash was found right, so whatever a client
 * sends, only the announced bytes are ever written at their place: an acknowledged chunk stays as it is, also in a
 * file that is just being moved into the store, whichever process writes. It counts once it is synced to disk: it
 * survives a power cut. Of a file that is stored already it is only checked.
 */
export async function receiveChunk(
  ctx: ReceiveContext,
  chunk: AnnouncedChunk,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const path = partialPath(ctx, chunk.upload, chunk.file);
  try {
    // Before it is read: whoever has to wait sends it in vain.
    if (!chunk.stored) await checkRoom(ctx, chunk.upload, chunk.size);
    await openDirectory(dirname(path));
    await using held = await holdChunk(ctx, chunk, source, path);
    // Written, it would be bytes that nobody reserved.
    if (chunk.stored) return;
    await checkSpare(ctx, chunk.size);
    if (!(await placeUnlessStored(ctx, held, path, chunk))) return;
  } catch (error) {
    throw translateDiskError(error);
  }
  // Bytes before their row, which goes when the chunk counts.
  await rm(piecesPath(ctx, chunk), { force: true });
  await countChunk(ctx, chunk);
  await ctx.fileHashes.follow(ctx, chunk);
}

/** False when the file was stored, and its directory removed, while this chunk was on its way once more. */
async function placeUnlessStored(
  ctx: Pick<HubContext, 'db'>,
  held: HeldChunk,
  path: string,
  chunk: AnnouncedChunk,
): Promise<boolean> {
  try {
    await placeChunk(held, path, chunk);
    return true;
  } catch (error) {
    const isGone = isDiskError(error, 'ENOENT');
    if (isGone && (await findChunk(ctx, chunk)).stored) return false;
    throw error;
  }
}

/** Writes a chunk that was checked at its place in the file; other chunks may be there already. */
async function placeChunk(held: HeldChunk, path: string, chunk: AnnouncedChunk): Promise<void> {
  const file = await openPartial(path);
  try {
    let position = chunk.index * chunkBytes;
    for await (const piece of held.pieces()) {
      await writeFully(file, piece, position);
      position += piece.length;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function openPartial(path: string): Promise<FileHandle> {
  // No truncation: other chunks of the file may be in it already. No link followed: one may have been planted.
  const flags = constants.O_RDWR | constants.O_NOFOLLOW;
  try {
    return await open(path, flags);
  } catch (error) {
    if (isDiskError(error, 'ELOOP')) await rm(path, { force: true });
    else if (!isDiskError(error, 'ENOENT')) throw error;
  }
  const file = await open(path, flags | constants.O_CREAT, 0o600);
  // The chunk is acknowledged: the name of the file it is in has to last as well.
  await syncDirectory(dirname(path));
  await syncDirectory(dirname(dirname(path)));
  return file;
}
