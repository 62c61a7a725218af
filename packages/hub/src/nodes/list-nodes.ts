import type { NodeAnnouncement, NodeView } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { connectedForMs } from './list-connected-nodes.ts';

/** Every node that ever joined, the latest seen first. */
export async function listNodes(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<NodeView[]> {
  const rows = await ctx.db
    .selectFrom('node')
    .selectAll()
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
