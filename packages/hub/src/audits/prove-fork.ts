import { CallableError, emptyNodeState, parseAddress, reduceState, type Statement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';

/** Takes the proof of a fork from anybody: what counts is whether the fold convicts on it, not who brings it. */
export function proveFork(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  return takeStatement(ctx, { statement, network }, async (tx) => {
    const node = parseAddress(statement.subject);
    const joined =
      node && (await tx.selectFrom('node').select('address').where('address', '=', node).executeTakeFirst());
    if (!joined) throw new CallableError('NodeNotFound', `The node ${statement.subject} has not joined.`);
    const state = (await findNodeStates(tx, [node])).get(node);
    if (state?.convicted) throw new CallableError('StatementInvalid', `${node} has been caught lying already.`);
    const logged = { statement, loggedAt: ctx.clock() };
    if (!reduceState('node', state ?? emptyNodeState(node), logged, ctx.rules).convicted)
      throw new CallableError('StatementInvalid', 'These are not two receipts signed by the node under one number.');
  });
}
