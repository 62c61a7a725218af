import {
  CallableError,
  canonicalBytes,
  type Digest,
  type LoggedStatement,
  maxStatementBytes,
  type Statement,
  statementId,
} from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { foldStatement } from './fold-statement.ts';

export type AppendedStatement = LoggedStatement & { seq: number; id: Digest };

/** One writer at a time: sequence numbers have no gaps and the log's time never goes back. */
const logLock = 0x0ca11ab1e;

/** Waits for one's turn to write to the log; it lasts until the transaction ends. Taking it again costs nothing. */
export async function lockLog(tx: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${logLock})`.execute(tx);
}

/**
 * Adds a verified statement to the log, folds it into the kept state of what it is about and notes the change, all in
 * the given transaction. A statement that is there already is returned as it was logged.
 */
export async function appendStatement(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  statement: Statement,
): Promise<AppendedStatement> {
  // Also one of our own: an entry larger than a bundle takes would stop the log for ever.
  if (canonicalBytes(statement).length > maxStatementBytes) throw new CallableError('StatementTooLarge');
  await lockLog(tx);
  const id = statementId(statement);
  const known = await tx
    .selectFrom('statement')
    .select(['seq', 'logged_at', 'content'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (known) return { seq: known.seq, id, loggedAt: known.logged_at, statement: readJson(known.content) };

  const last = await tx
    .selectFrom('statement')
    .select(['seq', 'logged_at'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const seq = (last?.seq ?? -1) + 1;
  const loggedAt = Math.max(ctx.clock(), last?.logged_at ?? 0);
  await tx
    .insertInto('statement')
    .values({
      seq,
      id,
      kind: statement.kind,
      subject: statement.subject,
      signer: statement.signer,
      issued_at: statement.issuedAt,
      logged_at: loggedAt,
      content: toJsonText(statement),
    })
    .execute();
  await foldStatement(ctx, tx, { statement, loggedAt }, seq);
  return { seq, id, loggedAt, statement };
}
