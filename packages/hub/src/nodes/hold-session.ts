import { type Address, CallableError, noSessions, takeSession } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';

/**
 * Notes in which session a node speaks: one row for each node, whoever restores or copies it. Throws SessionReplaced or
 * SessionContested where another process with its key has taken its place. A node that has not joined has none.
 */
export async function holdSession(
  ctx: Pick<HubContext, 'db' | 'clock' | 'log'>,
  node: Address,
  session: string | undefined,
): Promise<void> {
  if (session === undefined) return;
  const row = await ctx.db.selectFrom('node').select('sessions').where('address', '=', node).executeTakeFirst();
  const known = row?.sessions ? readJson(row.sessions) : noSessions;
  // Almost always: nothing is written.
  if (!row || known.current?.session === session) return;
  const refusal = await ctx.db.transaction().execute(async (tx) => {
    const { sessions } = await tx
      .selectFrom('node')
      .select('sessions')
      .where('address', '=', node)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const { history, verdict } = takeSession(sessions ? readJson(sessions) : noSessions, session, ctx.clock());
    await tx
      .updateTable('node')
      .set({ sessions: toJsonText(history) })
      .where('address', '=', node)
      .execute();
    return verdict.ok ? null : verdict;
  });
  if (refusal === null) return;
  ctx.log.warn({ node, code: refusal.code }, 'a process with the key of a node is not taken');
  const { code, message, retryAfterMs } = refusal;
  const details = retryAfterMs === undefined ? {} : { retryAfterSeconds: retryAfterMs / 1000 };
  throw new CallableError(code, message, { details });
}
