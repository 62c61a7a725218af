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
 * Throws DiskFull unless what this upload still lacks fits on the disk beside what those before it still lack, and
 * QuotaExceeded when its network would then hold more than half of what there is.
 * `upload` has its place in the order by `created_at`; the caller keeps others from being entered meanwhile.
 */
export async function reserveRoom(
  ctx: Pick<HubContext, 'clock' | 'config' | 'freeBytes'>,
  tx: Transaction<Schema>,
  upload: string,
): Promise<void> {
  const { own, before, ofNetwork } = await countLacking(ctx, tx, upload);
  if (own === 0) return;
  const free = await ctx.freeBytes();
  const { spareDiskBytes } = ctx.config.limits;
  if (own + before + spareDiskBytes > free)
    throw new CallableError(
      'DiskFull',
      `The upload needs ${own} bytes; ${free} are free here, of which ${before} are promised to uploads before it and ${spareDiskBytes} are kept free.`,
    );
  const share = Math.floor((free - spareDiskBytes) / 2);
  if (ofNetwork > share)
    throw new CallableError(
      'QuotaExceeded',
      `Unfinished uploads from your network would need ${ofNetwork} bytes; ${share} of those that are free here are for one.`,
    );
}

type Lacking = { own: number; before: number; ofNetwork: number };

/** Bytes that have not arrived: of this upload, of those before it, and of all from its network, itself included. */
async function countLacking(
  ctx: Pick<HubContext, 'clock' | 'config'>,
  tx: Transaction<Schema>,
  upload: string,
): Promise<Lacking> {
  const { rows } = await sql<{ own: string; before: string; of_network: string }>`
    with lacking as (
      select upload.id, (upload.created_at, upload.id) < (own.created_at, own.id) as is_before,
        upload.network = own.network as is_of_network, sum(file.size - arrived.bytes) as bytes
      from upload
      join upload as own on own.id = ${upload}
      join upload_file as file on file.upload = upload.id and not file.stored
      cross join lateral (
        select coalesce(sum(least(${chunkBytes}, file.size - chunk.index * ${chunkBytes}::bigint)), 0) as bytes
        from upload_chunk as chunk where chunk.upload = upload.id and chunk.file = file.sha256
      ) as arrived
      where upload.id = own.id or upload.expires_at >= ${keepsRoomFrom(ctx)}
      group by upload.id, own.id
    )
    select coalesce(sum(bytes) filter (where id = ${upload}), 0)::text as own,
      coalesce(sum(bytes) filter (where is_before), 0)::text as before,
      coalesce(sum(bytes) filter (where is_of_network), 0)::text as of_network
    from lacking`.execute(tx);
  const [row] = rows;
  return {
    own: Number(row?.own ?? 0),
    before: Number(row?.before ?? 0),
    ofNetwork: Number(row?.of_network ?? 0),
  };
}

/**
 * Throws DiskFull unless these bytes can be written and the spare room stays: the database is on the same disk. What
 * was reserved may have been given away meanwhile, or taken by something that is no upload.
 */
export async function checkRoom(ctx: Pick<HubContext, 'config' | 'freeBytes'>, bytes: number): Promise<void> {
  const free = await ctx.freeBytes();
  if (free < ctx.config.limits.spareDiskBytes + bytes)
    throw new CallableError('DiskFull', `${free} bytes are free here, of which uploads leave some.`);
}
