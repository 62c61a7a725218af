import { CallableError, parseHandle, type Statement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type AppendedStatement, appendStatement } from '../fold/append-statement.ts';

/** Gives a handle to whoever claims it first, for ever. Claiming one's own again changes nothing. */
export function claimHandle(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  statement: Statement,
): Promise<AppendedStatement> {
  const handle = parseHandle(String(statement.body['handle']));
  if (!handle || statement.subject !== handle)
    throw new CallableError('StatementInvalid', 'The subject of a claim is the handle itself.');
  return ctx.db.transaction().execute(async (tx) => {
    const appended = await appendStatement(ctx, tx, statement);
    await tx
      .insertInto('handle')
      .values({ handle, owner: statement.signer, statement_seq: appended.seq })
      .onConflict((conflict) => conflict.column('handle').doNothing())
      .execute();
    const owner = await tx.selectFrom('handle').select('owner').where('handle', '=', handle).executeTakeFirst();
    // Thrown inside the transaction: a claim that came too late leaves no statement behind.
    if (owner?.owner !== statement.signer)
      throw new CallableError('HandleTaken', `The handle ${handle} belongs to ${owner?.owner}.`);
    return appended;
  });
}
