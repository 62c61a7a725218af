import { type Address, auditShareOf, emptyNodeState, isOpenNetwork, isSeed, unknownNetwork } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { rememberedMs } from '../nodes/count-wrong-answers.ts';

/** At what share the answers of each of these nodes are run again; in an open network all at that of the policy. */
export async function listAuditShares(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  nodes: readonly Address[],
): Promise<(node: Address) => number> {
  const { policy } = ctx.rules;
  const usual = () => policy.audits.share;
  if (nodes.length === 0 || isOpenNetwork(policy)) return usual;
  const states = await findNodeStates(tx, nodes);
  const rows = await tx
    .selectFrom('node')
    .innerJoin('node as neighbour', (join) =>
      join.on(sql<boolean>`coalesce(neighbour.network, ${unknownNetwork}) = coalesce(node.network, ${unknownNetwork})`),
    )
    .innerJoin('node_state', 'node_state.node', 'neighbour.address')
    .select(['node.address', 'node_state.state'])
    .where('node.address', 'in', nodes)
    .where('node_state.wrong', '>', 0)
    .execute();
  const wrong = new Map<Address, number>();
  for (const { address, state } of rows) {
    const recent = readJson(state).wrong.filter(({ at }) => at > ctx.clock() - rememberedMs).length;
    wrong.set(address, (wrong.get(address) ?? 0) + recent);
  }
  return (node) => {
    const state = states.get(node) ?? emptyNodeState(node);
    return isSeed(node, state, policy) ? usual() : auditShareOf(state, wrong.get(node) ?? 0, policy);
  };
}
