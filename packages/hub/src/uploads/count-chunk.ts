import { CallableError } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';

/**
 * Notes that a chunk is on disk, in one statement. The upload counts as touched only now and then: chunks that arrive
 * together would otherwise wait for each other's turn to write its one row.
 */
export async function countChunk(
  ctx: Pick<HubContext, 'db' | 'config' | 'clock'>,
  { upload, file, index }: AnnouncedChunk,
): Promise<void> {
  const { uploadIdleMs } = ctx.config.limits;
  const expiresAt = ctx.clock() + uploadIdleMs;
  const touched = expiresAt - Math.min(60_000, uploadIdleMs / 10);
  const { rows } = await sql`
    with kept as (select id from upload where id = ${upload} for key share),
    touched as (update upload set expires_at = ${expiresAt} where id = ${upload} and expires_at < ${touched}),
    counted as (
      insert into upload_chunk (upload, file, index)
      select ${upload}, ${file}, ${index} from upload_file, kept
      where upload = ${upload} and sha256 = ${file} and not stored
      on conflict do nothing)
    select id from kept`.execute(ctx.db);
  if (rows.length === 0) throw new CallableError('UploadNotFound', `The upload ${upload} has expired.`);
}
