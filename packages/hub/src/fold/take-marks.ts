import {
  type Address,
  emptyNodeState,
  type LoggedStatement,
  type MarkChange,
  type NodeState,
  type Rules,
  statementId,
  takeMark,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { discountConvicted } from './discount-convicted.ts';
import { findNodeStates } from './find-node-states.ts';
import { writeNodeStates } from './write-node-states.ts';

/** What a statement about a release made of the words of others enters their records, in the order `reduceNetwork` has. */
export async function takeMarks(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  changes: readonly [Address, MarkChange][],
  { logged, seq }: { logged: LoggedStatement; seq: number },
  rules: Rules,
): Promise<void> {
  if (changes.length === 0) return;
  const known = await findNodeStates(
    tx,
    changes.map(([node]) => node),
  );
  const marked = new Map<Address, NodeState>();
  for (const [node, change] of changes)
    marked.set(node, takeMark(known.get(node) ?? emptyNodeState(node), change, rules.policy));
  await writeNodeStates(tx, marked, seq);
  const at = logged.loggedAt;
  for (const [node, state] of marked)
    if (state.convicted && !known.get(node)?.convicted)
      await discountConvicted(ctx, tx, { node, at, id: statementId(logged.statement), seq }, rules);
}
