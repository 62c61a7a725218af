import { CallableError, chunkBytes } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';

/** Room that nobody fills is given to others: an announcement costs its sender nothing. */
const keptMs = 15 * 60_000;

/** The time up to which an upload keeps its room; one that expires before has lost it and stands at the end again. */
export const keepsRoomFrom = (ctx: Pick<HubContext, 'clock' | 'config'>): number =>
  Math.max(ctx.clock(), ctx.clock() + ctx.config.limits.uploadIdleMs - keptMs);

/**
 * Throws DiskFull unless what this upload still lacks fits on the disk beside what those before it still lack.
 * `upload` has its place in the order by `created_at`; the caller keeps others from being entered meanwhile.
 */
export async function reserveRoom(
  ctx: Pick<HubContext, 'clock' | 'config' | 'freeBytes'>,
  tx: Transaction<Schema>,
  upload: string,
): Promise<void> {
  const { rows } = await sql<{ own: string; before: string }>`
    with lacking as (
      select upload.id, sum(file.size - arrived.bytes) as bytes
      from upload
      join upload as own on own.id = ${upload}
      join upload_file as file on file.upload = upload.id and not file.stored
      cross join lateral (
        select coalesce(sum(least(${chunkBytes}, file.size - chunk.index * ${chunkBytes}::bigint)), 0) as bytes
        from upload_chunk as chunk where chunk.upload = upload.id and chunk.file = file.sha256
      ) as arrived
      where upload.id = own.id
        or (upload.expires_at >= ${keepsRoomFrom(ctx)} and (upload.created_at, upload.id) < (own.created_at, own.id))
      group by upload.id
    )
    select coalesce(sum(bytes) filter (where id = ${upload}), 0)::text as own,
      coalesce(sum(bytes) filter (where id <> ${upload}), 0)::text as before
    from lacking`.execute(tx);
  const [own, before] = [Number(rows[0]?.own ?? 0), Number(rows[0]?.before ?? 0)];
  if (own === 0) return;
  const free = await ctx.freeBytes();
  const { spareDiskBytes } = ctx.config.limits;
  if (own + before + spareDiskBytes <= free) return;
  throw new CallableError(
    'DiskFull',
    `The upload needs ${own} bytes; ${free} are free here, of which ${before} are promised to uploads before it and ${spareDiskBytes} are kept free.`,
  );
}
