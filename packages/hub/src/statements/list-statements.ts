import type { LoggedStatementView, Statement } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** The statements about a subject in log order. */
export async function listStatements(ctx: Pick<HubContext, 'db'>, subject: string): Promise<LoggedStatementView[]> {
  const rows = await ctx.db
    .selectFrom('statement')
    .selectAll()
    .where('subject', '=', subject)
    .orderBy('seq')
    .limit(10_000)
    .execute();
  return rows.map(viewStatement);
}

/** One statement by its id, or null. */
export async function getStatement(ctx: Pick<HubContext, 'db'>, id: string): Promise<LoggedStatementView | null> {
  const row = await ctx.db
    .selectFrom('statement')
    .selectAll()
    .where('id', '=', id as LoggedStatementView['id'])
    .executeTakeFirst();
  return row ? viewStatement(row) : null;
}

function viewStatement(row: {
  seq: number;
  id: LoggedStatementView['id'];
  logged_at: number;
  content: string;
}): LoggedStatementView {
  return {
    seq: row.seq,
    id: row.id,
    loggedAt: new Date(row.logged_at).toISOString(),
    statement: JSON.parse(row.content) as Statement,
  };
}
