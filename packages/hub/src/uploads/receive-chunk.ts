import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CallableError, chunkBytes } from '@callable/protocol';
import { syncDirectory, translateDiskError } from '@callable/storage';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { AnnouncedChunk } from './find-chunk.ts';
import { partialPath } from './partial-path.ts';

/**
 * Takes one chunk. Its bytes reach the file of the upload only after their hash was found right, so whatever a client
 * sends, an acknowledged chunk stays as it is, also in a file that is just being moved into the store. It counts
 * once it is synced to disk: it survives a power cut.
 */
export async function receiveChunk(
  ctx: Pick<HubContext, 'db' | 'config' | 'clock'>,
  chunk: AnnouncedChunk,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const path = partialPath(ctx, chunk.upload, chunk.file);
  const arriving = `${path}.${chunk.index}.${randomUUID()}`;
  try {
    await makeUploadDirectory(dirname(path));
    await writeChunk(arriving, chunk, source);
    await placeChunk(arriving, path, chunk);
  } catch (error) {
    throw translateDiskError(error);
  } finally {
    await rm(arriving, { force: true });
  }
  await countChunk(ctx, chunk);
}

/** A link planted in place of the directory would have us write wherever it points. */
async function makeUploadDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is not a directory.`);
}

async function writeChunk(path: string, chunk: AnnouncedChunk, source: AsyncIterable<Uint8Array>): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  try {
    let written = 0;
    for await (const piece of source) {
      written += piece.length;
      if (written > chunk.size)
        throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} has more than its ${chunk.size} bytes.`);
      hash.update(piece);
      await file.writeFile(piece);
    }
    if (written !== chunk.size)
      throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} has ${written} of its ${chunk.size} bytes.`);
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== chunk.sha256)
    throw new CallableError('ChunkMismatch', `Chunk ${chunk.index} does not have the hash ${chunk.sha256}.`);
}

/** Copies a chunk that was checked to its place in the file; other chunks may be there already. */
async function placeChunk(from: string, to: string, chunk: AnnouncedChunk): Promise<void> {
  const source = await open(from, 'r');
  try {
    const file = await openPartial(to);
    try {
      const piece = Buffer.allocUnsafe(Math.min(chunk.size, 1 << 20));
      for (let done = 0; done < chunk.size; ) {
        const { bytesRead } = await source.read(piece, 0, piece.length, done);
        if (bytesRead === 0) throw new Error(`A chunk of ${chunk.size} bytes ended at ${done}.`);
        await writeFully(file, piece.subarray(0, bytesRead), chunk.index * chunkBytes + done);
        done += bytesRead;
      }
      await file.datasync();
    } finally {
      await file.close();
    }
  } finally {
    await source.close();
  }
}

async function openPartial(path: string): Promise<FileHandle> {
  // No truncation: other chunks of the file may be in it already. No link followed: one may have been planted.
  const flags = constants.O_RDWR | constants.O_NOFOLLOW;
  try {
    return await open(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') await rm(path, { force: true });
    else if (code !== 'ENOENT') throw error;
  }
  const file = await open(path, flags | constants.O_CREAT, 0o600);
  // The chunk is acknowledged: the name of the file it is in has to last as well.
  await syncDirectory(dirname(path));
  await syncDirectory(dirname(dirname(path)));
  return file;
}

/** One write may take less than it was given, for example at the end of the room on a disk. */
async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function countChunk(ctx: Pick<HubContext, 'db' | 'config' | 'clock'>, chunk: AnnouncedChunk): Promise<void> {
  const { upload, file, index } = chunk;
  await ctx.db.transaction().execute(async (tx) => {
    const kept = await tx
      .updateTable('upload')
      .set({ expires_at: ctx.clock() + ctx.config.limits.uploadIdleMs })
      .where('id', '=', upload)
      .returning('id')
      .executeTakeFirst();
    if (!kept) throw new CallableError('UploadNotFound', `The upload ${upload} has expired.`);
    await sql`insert into upload_chunk (upload, file, index)
      select ${upload}, ${file}, ${index} from upload_file
      where upload = ${upload} and sha256 = ${file} and not stored
      on conflict do nothing`.execute(tx);
  });
}
