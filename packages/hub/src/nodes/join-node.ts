import { CallableError, type Statement, type StatementBody } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type AppendedStatement, appendStatement } from '../statements/append-statement.ts';

/** Lets a node in: its own statement is all it takes. */
export function joinNode(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  statement: Statement,
): Promise<AppendedStatement> {
  if (statement.subject !== statement.signer)
    throw new CallableError('SignerNotAllowed', 'A node joins by a statement about itself.');
  const body = statement.body as StatementBody<'node.joined'>;
  return ctx.db.transaction().execute(async (tx) => {
    const appended = await appendStatement(ctx, tx, statement);
    const row = { software: body.software, memory_bytes: body.memoryBytes, slots: body.slots };
    await tx
      .insertInto('node')
      .values({
        address: statement.signer,
        ...row,
        joined_at: appended.loggedAt,
        last_seen_at: null,
        announcement: null,
      })
      .onConflict((conflict) => conflict.column('address').doUpdateSet(row))
      .execute();
    return appended;
  });
}
