import {
  emptyNodeState,
  type NodeAnnouncement,
  type NodeState,
  type NodeView,
  reliabilityAt,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson } from '../db/json-text.ts';
import { connectedForMs } from './list-connected-nodes.ts';

/** Anybody may join, and say a megabyte about themselves: a list of all of it is more than this process has room for. */
const shownAnnouncement = 64 * 1024;

/** Nodes that joined, with their standing, the latest seen first; a thousand of them. */
export async function listNodes(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  filter: { convicted?: boolean } = {},
): Promise<NodeView[]> {
  let query = ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['address', 'software', 'memory_bytes', 'slots', 'joined_at', 'last_seen_at', 'node_state.state'])
    .select(
      sql<JsonText<NodeAnnouncement> | null>`case when length(announcement) <= ${shownAnnouncement} then announcement end`.as(
        'announcement',
      ),
    )
    .orderBy(sql`last_seen_at desc nulls last`)
    .orderBy('address')
    .limit(1000);
  if (filter.convicted !== undefined)
    query = query.where(sql<boolean>`coalesce(node_state.convicted, false) = ${filter.convicted}`);
  const rows = await query.execute();
  return rows.map((row) => ({
    node: row.address,
    software: row.software,
    memoryBytes: row.memory_bytes,
    slots: row.slots,
    joinedAt: new Date(row.joined_at).toISOString(),
    lastSeenAt: row.last_seen_at === null ? null : new Date(row.last_seen_at).toISOString(),
    connected: row.last_seen_at !== null && row.last_seen_at > ctx.clock() - connectedForMs,
    announcement: row.announcement === null ? null : readJson(row.announcement),
    ...viewStanding(ctx, row.state === null ? emptyNodeState(row.address) : readJson(row.state)),
  }));
}

function viewStanding(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  state: NodeState,
): Pick<NodeView, 'operator' | 'reliability' | 'convicted'> {
  const { operator, convicted } = state;
  return {
    operator,
    reliability: reliabilityAt(state, ctx.clock(), ctx.rules.policy),
    convicted: convicted && {
      ...convicted,
      at: new Date(convicted.at).toISOString(),
      evidence: [...convicted.evidence],
    },
  };
}
