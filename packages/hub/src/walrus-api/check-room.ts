import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { WalrusProblem } from './walrus-problem.ts';

/**
 * Strangers store here for nothing, so there is an end to it: for all of them, and before that for each, or one
 * could use up everybody's room. Throws a WalrusProblem.
 */
export async function checkRoom(
  ctx: Pick<HubContext, 'db' | 'config' | 'freeBytes'>,
  sender: string,
  announcedBytes: number,
): Promise<void> {
  const { totalBytes, senderBytes, blobBytes } = ctx.config.walrusApi;
  const row = await ctx.db
    .selectFrom('walrus_object')
    .select([
      sql<string>`coalesce(sum(size), 0)::text`.as('all'),
      sql<string>`coalesce(sum(size) filter (where sender = ${sender}), 0)::text`.as('own'),
    ])
    .executeTakeFirst();
  if (Number(row?.own ?? 0) + announcedBytes > senderBytes)
    throw new WalrusProblem(413, `this publisher stores ${senderBytes} bytes for one address, and no more for yours`);
  const isFull = Number(row?.all ?? 0) + blobBytes > totalBytes;
  if (isFull || (await ctx.freeBytes()) < ctx.config.limits.spareDiskBytes + blobBytes)
    throw new WalrusProblem(503, 'this publisher has no room for further blobs', {
      status: 'RESOURCE_EXHAUSTED',
      reason: 'QUOTA_EXCEEDED',
    });
}
