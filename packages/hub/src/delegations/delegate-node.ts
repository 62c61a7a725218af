import { type Address, actsFor, addressOf, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';
import { findDelegations } from '../fold/find-delegations.ts';

const yearMs = 365 * 24 * 3600_000;

/**
 * Says in the log that a node is run by the operator of this hub, so that its word is shown as the hub's own. Said
 * again when half of its time is over.
 */
export async function delegateNode(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key'>,
  node: Address,
): Promise<void> {
  const hub = addressOf(ctx.key);
  await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const now = ctx.clock();
    const delegations = await findDelegations(tx, [hub]);
    const holds = (at: number) => actsFor(delegations, { key: node, principal: hub, scope: 'operate', at });
    // It begins when it is logged, and that may be this very millisecond.
    if (holds(now) && holds(now + yearMs / 2)) return;
    const body = { key: node, scopes: ['operate'], notBefore: 0, notAfter: now + yearMs };
    await appendStatement(
      ctx,
      tx,
      signStatement({ kind: 'key.delegated', subject: hub, body, issuedAt: now }, ctx.key),
    );
  });
}
