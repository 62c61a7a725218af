import { chunkBytes, type UploadView } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { findUpload } from './find-upload.ts';

/** An upload with the chunks it still lacks. */
export async function viewUpload(ctx: Pick<HubContext, 'db'>, id: string): Promise<UploadView> {
  const { upload, files } = await findUpload(ctx, id);
  const arrived = await ctx.db.selectFrom('upload_chunk').select(['file', 'index']).where('upload', '=', id).execute();
  const has = new Set(arrived.map((chunk) => `${chunk.file} ${chunk.index}`));
  const announced = files.flatMap(announcedChunks);
  const isHere = (chunk: Chunk) => has.has(`${chunk.file} ${chunk.index}`);
  // Bytes that another place of this upload or another release has are copied on the last step, not sent again.
  const known = new Set(announced.filter(isHere).map((chunk) => chunk.sha256));
  for (const sha256 of await findStored(ctx, announced)) known.add(sha256);
  const missing = announced.filter((chunk) => {
    if (isHere(chunk) || known.has(chunk.sha256)) return false;
    known.add(chunk.sha256);
    return true;
  });
  return { id, chunkBytes, missing, expiresAt: new Date(upload.expires_at).toISOString() };
}

type Chunk = UploadView['missing'][number];

/** A file as its upload announced it. */
export type AnnouncedFile = Pick<Schema['upload_file'], 'sha256' | 'size' | 'chunks'>;

/** Every chunk of a file, by its place. */
export function announcedChunks(file: AnnouncedFile): Chunk[] {
  return readJson(file.chunks).map((sha256, index) => ({
    file: file.sha256,
    index,
    sha256,
    size: chunkSize(file.size, index),
  }));
}

/** Which of these the store already holds in some file. */
async function findStored(ctx: Pick<HubContext, 'db'>, chunks: readonly Chunk[]): Promise<string[]> {
  if (chunks.length === 0) return [];
  const hashes = [...new Set(chunks.map((chunk) => chunk.sha256))];
  const rows = await ctx.db
    .selectFrom('stored_chunk')
    .select('sha256')
    .where('sha256', '=', sql<string>`any(${hashes}::text[])`)
    .execute();
  return rows.map((row) => row.sha256);
}

/** Bytes of the chunk at this index: 4 MiB, the last one what is left. */
export function chunkSize(fileSize: number, index: number): number {
  return Math.min(chunkBytes, fileSize - index * chunkBytes);
}
