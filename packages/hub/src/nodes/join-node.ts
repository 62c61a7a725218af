import { CallableError, type Statement, type StatementBody } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type AppendedStatement, appendStatement } from '../fold/append-statement.ts';

const mostSlots = 1_000_000;

/** Lets a node in: its own statement is all it takes. What it said last counts, whoever sends an earlier one again. */
export function joinNode(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  statement: Statement,
): Promise<AppendedStatement> {
  if (statement.subject !== statement.signer)
    throw new CallableError('SignerNotAllowed', 'A node joins by a statement about itself.');
  const body = statement.body as StatementBody<'node.joined'>;
  if (body.software.includes('\u0000'))
    throw new CallableError('StatementInvalid', 'The name of a software holds no NUL character.');
  if (body.slots > mostSlots) throw new CallableError('StatementInvalid', `A node has at most ${mostSlots} slots.`);
  return ctx.db.transaction().execute(async (tx) => {
    const appended = await appendStatement(ctx, tx, statement);
    const later = await tx
      .selectFrom('statement')
      .select('seq')
      .where('subject', '=', statement.subject)
      .where('kind', '=', 'node.joined')
      .where('issued_at', '>', statement.issuedAt)
      .limit(1)
      .executeTakeFirst();
    if (later) return appended;
    const row = { software: body.software, memory_bytes: body.memoryBytes, slots: body.slots };
    await tx
      .insertInto('node')
      .values({
        address: statement.signer,
        ...row,
        joined_at: appended.loggedAt,
        last_seen_at: null,
        announcement: null,
        network: null,
      })
      .onConflict((conflict) => conflict.column('address').doUpdateSet(row))
      .execute();
    return appended;
  });
}
