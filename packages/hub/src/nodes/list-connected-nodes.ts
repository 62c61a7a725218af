import { type Address, emptyNodeState, type NodeState, type NodeStatus } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';

/** A node counts as connected for this long after its last request for work, which it holds open for up to 25 s. */
export const connectedForMs = 45_000;

export type ConnectedNode = {
  address: Address;
  memoryBytes: number;
  announcement: NodeStatus | null;
  /** Who answers for it. */
  operator: Address;
  /** The network of the party it asked from; null is the unknown one. */
  network: string | null;
  /** The address it asked from; null before this was noted. */
  sender: string | null;
  /** Its folded record; of one nothing is known of an empty one. */
  state: NodeState;
};

/** The nodes that asked for work lately, are not on their way out and were never caught lying. */
export async function listConnectedNodes(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<ConnectedNode[]> {
  const rows = await ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .selectAll('node')
    .select(['node_state.operator', 'node_state.convicted', 'node_state.state'])
    .where('last_seen_at', '>', ctx.clock() - connectedForMs)
    .execute();
  return rows
    .filter((row) => row.convicted !== true)
    .map((row) => ({
      address: row.address,
      memoryBytes: row.memory_bytes,
      announcement: row.announcement === null ? null : readJson(row.announcement),
      operator: row.operator ?? row.address,
      network: row.network,
      sender: row.sender,
      state: row.state === null ? emptyNodeState(row.address) : readJson(row.state),
    }))
    .filter((node) => node.announcement?.draining !== true);
}
