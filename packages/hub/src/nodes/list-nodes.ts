import {
  type Address,
  CallableError,
  emptyNodeState,
  type NodeState,
  type NodeView,
  ownMember,
  parseAddress,
  reliabilityAt,
  standingOf,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { connectedForMs } from './list-connected-nodes.ts';

const nodesPerPage = 1_000;

/**
 * Nodes that joined, with their standing, the latest seen first, a page at a time; `after` is the `next` of the page before.
 * One that speaks meanwhile moves to the front.
 */
export async function listNodes(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  { convicted, after }: { convicted?: boolean; after?: string } = {},
): Promise<{ nodes: NodeView[]; next: string | null }> {
  let query = ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['address', 'software', 'memory_bytes', 'slots', 'joined_at', 'last_seen_at', 'node_state.state'])
    .select(['announcement', 'holdings', sql<number>`coalesce(last_seen_at, 0)`.as('seen')])
    .select(sql<number>`(select count(*)::int from receipt_gap where receipt_gap.node = node.address)`.as('gaps'))
    .orderBy('seen', 'desc')
    .orderBy('address')
    .limit(nodesPerPage + 1);
  if (convicted !== undefined) query = query.where(sql<boolean>`coalesce(node_state.convicted, false) = ${convicted}`);
  if (after !== undefined) {
    const { seen, address } = parseCursor(after);
    query = query.where(
      sql<boolean>`coalesce(last_seen_at, 0) < ${seen} or (coalesce(last_seen_at, 0) = ${seen} and address > ${address})`,
    );
  }
  const rows = await query.execute();
  const shown = rows.slice(0, nodesPerPage);
  const last = rows.length > shown.length ? shown.at(-1) : undefined;
  const nodes = shown.map((row) => ({
    node: row.address,
    software: row.software,
    memoryBytes: row.memory_bytes,
    slots: row.slots,
    joinedAt: new Date(row.joined_at).toISOString(),
    lastSeenAt: row.last_seen_at === null ? null : new Date(row.last_seen_at).toISOString(),
    connected: row.last_seen_at !== null && row.last_seen_at > ctx.clock() - connectedForMs,
    announcement: row.announcement === null ? null : readJson(row.announcement),
    holdings: row.holdings,
    gaps: row.gaps,
    ...viewStanding(ctx, row.address, row.state === null ? emptyNodeState(row.address) : readJson(row.state)),
  }));
  return { nodes, next: last ? `${last.seen}-${last.address}` : null };
}

function parseCursor(after: string): { seen: number; address: Address } {
  const [, seen, text = ''] = /^(\d{1,15})-(0x[0-9a-f]{40})$/.exec(after) ?? [];
  const address = parseAddress(text);
  if (seen === undefined || !address)
    throw new CallableError('RequestInvalid', '`after` is the `next` of an earlier page.');
  return { seen: Number(seen), address };
}

function viewStanding(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  node: Address,
  state: NodeState,
): Pick<NodeView, 'operator' | 'reliability' | 'convicted' | 'standing'> {
  const { operator, convicted, runtime, compared } = state;
  const record = runtime === null ? undefined : ownMember(compared, runtime);
  const firstAt = Object.values(compared).map((one) => one.firstAt);
  return {
    operator,
    standing: {
      class: standingOf(node, state, ctx.clock(), ctx.rules.policy),
      confirmed: record?.confirmed ?? 0,
      runtime,
      since: firstAt.length === 0 ? null : new Date(Math.min(...firstAt)).toISOString(),
    },
    reliability: reliabilityAt(state, ctx.clock(), ctx.rules.policy),
    convicted: convicted && {
      ...convicted,
      at: new Date(convicted.at).toISOString(),
      evidence: [...convicted.evidence],
    },
  };
}
