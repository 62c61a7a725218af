import { CallableError } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { lapseMs } from './claims/list-claims.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';

const movedEveryMs = 5000;

/**
 * Notes that a chunk is on disk, in one statement. The upload counts as touched only now and then: chunks that arrive
 * together would otherwise wait for each other's turn to write its one row. After a pause of a minute it begins to move
 * anew, behind those that move.
 */
export async function countChunk(
  ctx: Pick<HubContext, 'db' | 'config' | 'clock'>,
  { upload, file, index }: AnnouncedChunk,
): Promise<void> {
  const { uploadIdleMs } = ctx.config.limits;
  const now = ctx.clock();
  const expiresAt = now + uploadIdleMs;
  const touched = expiresAt - Math.min(60_000, uploadIdleMs / 10);
  const { rows } = await sql`
    with kept as (select id from upload where id = ${upload} for key share),
    touched as (
      update upload set expires_at = greatest(expires_at, ${expiresAt}), moved_at = ${now},
        moving_since = case when moved_at < ${now - lapseMs} then ${now} else moving_since end
      where id = ${upload} and (expires_at < ${touched} or moved_at < ${now - movedEveryMs})),
    counted as (
      insert into upload_chunk (upload, file, index, arrived_at)
      select ${upload}, ${file}, ${index}, ${now}::bigint from upload_file, kept
      where upload = ${upload} and sha256 = ${file} and not stored
      on conflict do nothing),
    whole as (delete from upload_piece where upload = ${upload} and file = ${file} and index = ${index})
    select id from kept`.execute(ctx.db);
  if (rows.length === 0) throw new CallableError('UploadNotFound', `The upload ${upload} has expired.`);
}
