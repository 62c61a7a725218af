import { rm } from 'node:fs/promises';
import { CallableError } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';
import { piecesPath } from './partials/partial-path.ts';

type Pieces = Pick<AnnouncedChunk, 'upload' | 'file' | 'index'>;

/** Counts a chunk as held before its first piece is written; `countChunk` and the end of its upload take it off. */
export async function holdPieces(ctx: Pick<HubContext, 'db'>, { upload, file, index }: Pieces): Promise<void> {
  const { rows } = await sql`
    with kept as (select id from upload where id = ${upload} for key share),
    held as (insert into upload_piece (upload, file, index)
      select id, ${file}, ${index}::integer from kept on conflict do nothing)
    select id from kept`.execute(ctx.db);
  if (rows.length === 0) throw new CallableError('UploadNotFound', `The upload ${upload} has expired.`);
}

/** Drops the pieces of a chunk, bytes before row: what nobody counts must not be there. */
export async function letPiecesGo(ctx: Pick<HubContext, 'db' | 'config'>, pieces: Pieces): Promise<void> {
  const { upload, file, index } = pieces;
  await rm(piecesPath(ctx, pieces), { force: true });
  await ctx.db
    .deleteFrom('upload_piece')
    .where('upload', '=', upload)
    .where('file', '=', file)
    .where('index', '=', index)
    .execute();
}
