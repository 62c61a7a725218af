import { type Address, type LoggedStatement, needsOf, type Rules } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findDelegations } from './find-delegations.ts';
import { findNodeStates } from './find-node-states.ts';
import { readPolicy } from './read-policy.ts';

/** What the fold of one more statement depends on: no more of the network than the row of its kind asks for. */
export async function loadRules(
  ctx: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  { statement }: LoggedStatement,
  { publisher = null, nodes = [] }: { publisher?: Address | null; nodes?: readonly Address[] } = {},
): Promise<Rules> {
  const needs = needsOf(statement, publisher);
  return {
    ...(await readPolicy(ctx, tx)),
    hub: ctx.rules.hub,
    nodes: await findNodeStates(tx, [...nodes, ...needs.nodes]),
    delegations: await findDelegations(tx, needs.principals),
  };
}
