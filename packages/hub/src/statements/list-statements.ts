import type { Digest, LoggedStatementView, Statement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson } from '../db/json-text.ts';

/** Statements on one page: each may have 60 kB. */
export const statementsPerPage = 1000;

/** The statements about a subject in log order, those after a sequence number; one page of them. */
export async function listStatements(
  ctx: Pick<HubContext, 'db'>,
  subject: string,
  page: { after?: number; limit?: number } = {},
): Promise<LoggedStatementView[]> {
  const rows = await ctx.db
    .selectFrom('statement')
    .selectAll()
    .where('subject', '=', subject)
    .where('seq', '>', page.after ?? -1)
    .orderBy('seq')
    .limit(page.limit ?? statementsPerPage)
    .execute();
  return rows.map(viewStatement);
}

/** One statement by its id, or null. */
export async function getStatement(ctx: Pick<HubContext, 'db'>, id: Digest): Promise<LoggedStatementView | null> {
  const row = await ctx.db.selectFrom('statement').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? viewStatement(row) : null;
}

function viewStatement(row: {
  seq: number;
  id: LoggedStatementView['id'];
  logged_at: number;
  content: JsonText<Statement>;
}): LoggedStatementView {
  return {
    seq: row.seq,
    id: row.id,
    loggedAt: new Date(row.logged_at).toISOString(),
    statement: readJson(row.content),
  };
}
