import { type LogEntry, parseHandle, statementId } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { toJsonText } from '../db/json-text.ts';
import type { Schema, StatementTable } from '../db/schema.ts';
import { lockLog } from '../fold/append-statement.ts';
import { type LogHead, readHead, saveHead } from '../log/log-head.ts';
import { takeOutSegments } from './take-out-segments.ts';

const rowsAtOnce = 500;

/**
 * Puts entries of a verified log in their places, and the statements that stood there after them: each was acknowledged
 * to somebody. All or nothing. Returns how many were moved so.
 */
export async function putBack(
  ctx: Pick<HubContext, 'db' | 'tlog'>,
  head: LogHead,
  puts: ReadonlyMap<number, LogEntry>,
): Promise<number> {
  return ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    await tx.deleteFrom('log_rollback').execute();
    const seqs = [...puts.keys()].sort((a, b) => a - b);
    const displaced = await tx
      .selectFrom('statement')
      .selectAll()
      .where(sql<boolean>`seq >= ${head.size} or seq = any(${seqs}::bigint[])`)
      .orderBy('seq')
      .execute();
    const old = displaced.map(({ seq }) => seq);
    await sql`delete from handle where statement_seq = any(${old}::bigint[])`.execute(tx);
    // The one place where evidence moves: what takes its place was verified against a signed head.
    await sql`alter table statement disable trigger statement_append_only`.execute(tx);
    await sql`delete from statement where seq = any(${old}::bigint[])`.execute(tx);
    await sql`alter table statement enable trigger statement_append_only`.execute(tx);
    // Their batches are made again: a root names the index under which its leaves are served.
    await sql`update receipt set batch = null, batch_index = null where batch = any(${old}::bigint[])`.execute(tx);
    await takeOutSegments(ctx, tx, old);
    const placed = seqs.map((seq) => rowOf(seq, puts.get(seq) as LogEntry));
    await insertRows(tx, placed);
    const moved = await moveBehind(tx, head.size, displaced);
    await keepHandles(tx, [...placed, ...moved]);
    await sql`update audit_cursor set size = ${head.size}`.execute(tx);
    // The kept states are a cache: all is folded anew.
    await tx.deleteFrom('log_fold').execute();
    const decided = await readHead(tx, ctx.tlog.key.name);
    if (!decided || decided.size < head.size) await saveHead(tx, ctx.tlog.key.name, head, decided);
    return moved.length;
  });
}

function rowOf(seq: number, { loggedAt, statement }: LogEntry): StatementTable {
  const { kind, subject, signer, issuedAt } = statement;
  const content = toJsonText(statement);
  return { seq, id: statementId(statement), kind, subject, signer, issued_at: issuedAt, logged_at: loggedAt, content };
}

async function insertRows(tx: Transaction<Schema>, rows: readonly StatementTable[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce)
    await tx
      .insertInto('statement')
      .values(rows.slice(at, at + rowsAtOnce))
      .execute();
}

/** In their order behind the log, unless they stand in it; its time never goes back. */
async function moveBehind(
  tx: Transaction<Schema>,
  size: number,
  displaced: readonly StatementTable[],
): Promise<StatementTable[]> {
  const { rows } = await sql<{ id: string }>`
    select id from statement where id = any(${displaced.map(({ id }) => id)}::text[])`.execute(tx);
  const known = new Set(rows.map(({ id }) => id));
  const last = await tx.selectFrom('statement').select('logged_at').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  let at = last?.logged_at ?? 0;
  const moved = displaced
    .filter(({ id, kind }) => !known.has(id) && kind !== 'receipts.batched')
    .map((row, i) => {
      at = Math.max(at, row.logged_at);
      return { ...row, seq: size + i, logged_at: at };
    });
  await insertRows(tx, moved);
  return moved;
}

/** Whose handles they are, by the first claim in the log. */
async function keepHandles(tx: Transaction<Schema>, rows: readonly StatementTable[]): Promise<void> {
  for (const { kind, subject, signer, seq } of rows) {
    const handle = kind === 'handle.claimed' ? parseHandle(subject) : null;
    if (!handle) continue;
    await tx
      .insertInto('handle')
      .values({ handle, owner: signer, statement_seq: seq })
      .onConflict((conflict) => conflict.column('handle').doNothing())
      .execute();
  }
}
