import type { NodeAnnouncement, NodeView } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { connectedForMs } from './list-connected-nodes.ts';

/** Anybody may join, and say a megabyte about themselves: a list of all of it is more than this process has room for. */
const shownAnnouncement = 64 * 1024;

/** Every node that ever joined, the latest seen first. */
export async function listNodes(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<NodeView[]> {
  const rows = await ctx.db
    .selectFrom('node')
    .select(['address', 'software', 'memory_bytes', 'slots', 'joined_at', 'last_seen_at'])
    .select(
      sql<string | null>`case when length(announcement) <= ${shownAnnouncement} then announcement end`.as(
        'announcement',
      ),
    )
    .orderBy(sql`last_seen_at desc nulls last`)
    .orderBy('address')
    .limit(1000)
    .execute();
  return rows.map((row) => ({
    node: row.address,
    software: row.software,
    memoryBytes: row.memory_bytes,
    slots: row.slots,
    joinedAt: new Date(row.joined_at).toISOString(),
    lastSeenAt: row.last_seen_at === null ? null : new Date(row.last_seen_at).toISOString(),
    connected: row.last_seen_at !== null && row.last_seen_at > ctx.clock() - connectedForMs,
    announcement: row.announcement === null ? null : (JSON.parse(row.announcement) as NodeAnnouncement),
  }));
}
