import type { Address, NodeAnnouncement } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** A node counts as connected for this long after its last request for work, which it holds open for up to 25 s. */
export const connectedForMs = 45_000;

export type ConnectedNode = { address: Address; memoryBytes: number; announcement: NodeAnnouncement | null };

/** The nodes that asked for work lately and are not on their way out. */
export async function listConnectedNodes(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<ConnectedNode[]> {
  const rows = await ctx.db
    .selectFrom('node')
    .selectAll()
    .where('last_seen_at', '>', ctx.clock() - connectedForMs)
    .execute();
  return rows
    .map((row) => ({
      address: row.address,
      memoryBytes: row.memory_bytes,
      announcement: row.announcement === null ? null : (JSON.parse(row.announcement) as NodeAnnouncement),
    }))
    .filter((node) => node.announcement?.draining !== true);
}
