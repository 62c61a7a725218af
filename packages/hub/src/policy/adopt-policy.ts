import { digestJson, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';

/**
 * Says in the log which rules this hub applies, unless it said so last. In an empty log this is the first statement,
 * and whoever folds it learns from it whose log it is.
 */
export async function adoptPolicy(ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key'>): Promise<void> {
  const { policy, hub } = ctx.rules;
  await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const row = await tx.selectFrom('log_fold').select('policy').executeTakeFirst();
    if (row?.policy && digestJson(readJson(row.policy)) === digestJson(policy)) return;
    const fact = { kind: 'policy.adopted', subject: hub, body: { policy }, issuedAt: ctx.clock() };
    await appendStatement(ctx, tx, signStatement(fact, ctx.key));
  });
}
