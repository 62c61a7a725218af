import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskError, openDirectory, translateDiskError, writeFully } from '@callable/disk';
import { CallableError } from '@callable/protocol';
import type { Piece } from '../http/parse-content-range.ts';
import { holdPieces, letPiecesGo } from './hold-pieces.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';
import { piecesPath } from './partials/partial-path.ts';
import { receiveChunk } from './receive-chunk.ts';
import { checkRoom, checkSpare } from './room/check-room.ts';

/**
 * Takes one piece of a chunk, in order, into a file beside the upload's; the last one makes it a chunk like any other, hashed
 * before it counts. From the first piece on the whole chunk counts as held: pieces of many chunks take no room that nobody
 * reserved. Returns whether the chunk is here. Throws PieceOutOfOrder where the bytes before it are not, and as `receiveChunk`.
 */
export async function receivePiece(
  ctx: Parameters<typeof receiveChunk>[0],
  chunk: AnnouncedChunk,
  piece: Piece,
  source: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  // attack: of a file that is stored nothing is counted as held, so nothing of it is kept.
  if (chunk.stored) {
    for await (const _ of source);
    return piece.end === chunk.size;
  }
  const path = piecesPath(ctx, chunk);
  try {
    if (piece.start === 0) {
      await checkRoom(ctx, chunk.upload, chunk.size);
      await openDirectory(dirname(path));
      await holdPieces(ctx, chunk);
    }
    await writePiece(ctx, path, piece, source);
  } catch (error) {
    throw translateDiskError(error);
  }
  if (piece.end < chunk.size) return false;
  try {
    await receiveChunk(ctx, chunk, createReadStream(path, { highWaterMark: 1 << 20 }));
  } catch (error) {
    // A chunk that is not what it should be is begun anew; one that has to wait for room keeps its bytes.
    if (error instanceof CallableError && error.code === 'ChunkMismatch') await letPiecesGo(ctx, chunk);
    throw error;
  }
  await rm(path, { force: true });
  return true;
}

async function writePiece(
  ctx: Parameters<typeof checkSpare>[0],
  path: string,
  { start, end }: Piece,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await openPieces(path, start);
  try {
    let position = start;
    for await (const bytes of source) {
      if (position + bytes.length > end)
        throw new CallableError('ChunkMismatch', `More than the ${end - start} bytes of this piece came.`);
      await checkSpare(ctx, bytes.length);
      await writeFully(file, bytes, position);
      position += bytes.length;
    }
    if (position < end)
      throw new CallableError('ChunkMismatch', `${position - start} of the ${end - start} bytes of this piece came.`);
  } finally {
    await file.close();
  }
}

/** The file of the pieces, when all before this one are in it. No link is followed: one may have been planted. */
async function openPieces(path: string, start: number): Promise<FileHandle> {
  const { O_WRONLY, O_NOFOLLOW, O_CREAT, O_TRUNC } = constants;
  if (start === 0) return open(path, O_WRONLY | O_NOFOLLOW | O_CREAT | O_TRUNC, 0o600);
  const file = await open(path, O_WRONLY | O_NOFOLLOW).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  const size = (await file?.stat())?.size ?? 0;
  if (file && size >= start) return file;
  await file?.close();
  throw new CallableError('PieceOutOfOrder', `This piece begins at ${start}; ${size} bytes of the chunk are here.`);
}
