import { type Statement, statementId } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import type { AppendedStatement } from '../fold/append-statement.ts';

/** A statement as the log has it, or null. */
export async function findLogged(tx: Transaction<Schema>, statement: Statement): Promise<AppendedStatement | null> {
  const id = statementId(statement);
  const row = await tx
    .selectFrom('statement')
    .select(['seq', 'logged_at', 'content'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? { seq: row.seq, id, loggedAt: row.logged_at, statement: readJson(row.content) } : null;
}
