import { type Address, auditShareOf, emptyNodeState, isOpenNetwork, isSeed, unknownNetwork } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { countWrongAnswers } from '../nodes/count-wrong-answers.ts';

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
  const wrong = await countWrongAnswers({ db: tx, clock: ctx.clock });
  const rows = await tx.selectFrom('node').select(['address', 'network']).where('address', 'in', nodes).execute();
  const networks = new Map(rows.map(({ address, network }) => [address, network ?? unknownNetwork]));
  return (node) => {
    const state = states.get(node) ?? emptyNodeState(node);
    return isSeed(node, state, policy)
      ? usual()
      : auditShareOf(state, wrong.get(networks.get(node) ?? unknownNetwork) ?? 0, policy);
  };
}
