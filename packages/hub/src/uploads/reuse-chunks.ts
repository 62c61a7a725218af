import { createReadStream } from 'node:fs';
import { type Address, CallableError, chunkBytes } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { partialPath } from './partials/partial-path.ts';
import { receiveChunk } from './receive-chunk.ts';
import { type AnnouncedFile, announcedChunks } from './view-upload.ts';

type Upload = { upload: string; owner: Address; files: readonly AnnouncedFile[] };
type Place = { file: string; index: number };

/**
 * Copies the chunks that did not arrive but are here, from other files or from other places of this upload. They
 * are hashed like chunks that arrive: a copy that was damaged is forgotten, and the client is asked for the bytes.
 * Returns the files that still lack a chunk.
 */
export async function reuseChunks(
  ctx: Pick<
    HubContext,
    'db' | 'blobs' | 'config' | 'clock' | 'chunkBuffers' | 'fileHashes' | 'freeBytes' | 'roomClaims'
  >,
  { upload, owner, files }: Upload,
  signal: AbortSignal,
): Promise<Set<string>> {
  const incomplete = new Set<string>();
  const arrived = await findArrived(ctx, upload, files);
  const announced = files.flatMap((file) =>
    announcedChunks(file).map((chunk) => ({ ...chunk, upload, owner, fileSize: file.size, stored: false })),
  );
  for (const chunk of announced) {
    signal.throwIfAborted();
    const places = arrived.get(chunk.sha256) ?? [];
    if (places.some((place) => place.file === chunk.file && place.index === chunk.index)) continue;
    const source = places[0]
      ? readPartial(ctx, upload, places[0], chunk.size)
      : await readStored(ctx, chunk.sha256, chunk.size);
    const copied = source !== null && (await copyChunk(ctx, chunk, source));
    if (copied) arrived.set(chunk.sha256, [...places, chunk]);
    else incomplete.add(chunk.file);
  }
  return incomplete;
}

async function findArrived(
  ctx: Pick<HubContext, 'db'>,
  upload: string,
  files: Upload['files'],
): Promise<Map<string, Place[]>> {
  const rows = await ctx.db.selectFrom('upload_chunk').select(['file', 'index']).where('upload', '=', upload).execute();
  const here = new Set(rows.map((row) => `${row.file} ${row.index}`));
  const places = new Map<string, Place[]>();
  for (const { sha256, file, index } of files.flatMap(announcedChunks)) {
    if (here.has(`${file} ${index}`)) places.set(sha256, [...(places.get(sha256) ?? []), { file, index }]);
  }
  return places;
}

function readPartial(
  ctx: Pick<HubContext, 'config'>,
  upload: string,
  place: Place,
  size: number,
): AsyncIterable<Uint8Array> {
  const start = place.index * chunkBytes;
  return createReadStream(partialPath(ctx, upload, place.file), { start, end: start + size - 1 });
}

async function readStored(
  ctx: Pick<HubContext, 'db' | 'blobs'>,
  sha256: string,
  size: number,
): Promise<AsyncIterable<Uint8Array> | null> {
  const place = await ctx.db.selectFrom('stored_chunk').selectAll().where('sha256', '=', sha256).executeTakeFirst();
  if (!place) return null;
  const source =
    place.size === size ? await ctx.blobs.read(place.file, { offset: place.index * chunkBytes, length: size }) : null;
  // The file was damaged and dropped: while we believe to have its chunks, nobody would be asked for them.
  if (!source) await forgetStored(ctx, sha256);
  return source;
}

async function copyChunk(
  ctx: Parameters<typeof receiveChunk>[0],
  chunk: Parameters<typeof receiveChunk>[1],
  source: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  try {
    await receiveChunk(ctx, chunk, source);
    return true;
  } catch (error) {
    // Moved into the store, or dropped from it, since it was looked up.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    if (!(error instanceof CallableError && error.code === 'ChunkMismatch')) throw error;
    await forgetStored(ctx, chunk.sha256);
    return false;
  }
}

async function forgetStored(ctx: Pick<HubContext, 'db'>, sha256: string): Promise<void> {
  await ctx.db.deleteFrom('stored_chunk').where('sha256', '=', sha256).execute();
}
