import { join } from 'node:path';
import { dayOf, type StatementBody } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { FiledCalls } from '../calls/desk/usage-counter.ts';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { batchPath, holdsSegments } from '../log/write-batch-files.ts';
import { addUsage } from './add-usage.ts';
import { countWordsOf } from './count-words-of.ts';

type Context = Pick<HubContext, 'db' | 'tlog' | 'calls' | 'log'>;

/**
 * Counts the files of calls that came beside the log since, each in one transaction with the cursor: once, in the order of the log. It
 * reads what everybody can read, so an auditor finds the same. Returns how many were counted.
 */
export async function rollUpUsage(ctx: Context): Promise<number> {
  let counted = 0;
  while (await ctx.db.transaction().execute((tx) => countNext(ctx, tx))) counted++;
  return counted;
}

async function countNext(ctx: Context, tx: Transaction<Schema>): Promise<boolean> {
  const cursor = await tx.selectFrom('usage_cursor').select('seq').forUpdate().skipLocked().executeTakeFirst();
  if (!cursor) return false;
  const next = await findNext(ctx, tx, cursor.seq);
  const words = await findWords(tx, cursor.seq, next?.seq ?? Number.MAX_SAFE_INTEGER);
  if (words) await countWordsOf(ctx, tx, words);
  else if (!next?.file) return false;
  else await countCalls(ctx, tx, next.file, cursor.seq);
  await tx
    .updateTable('usage_cursor')
    .set({ seq: (words ?? next)?.seq })
    .execute();
  return true;
}

async function countCalls(ctx: Context, tx: Transaction<Schema>, file: FiledCalls, cursor: number): Promise<void> {
  const counted = await count(ctx, tx, file, cursor);
  // What is lost is lost to everybody: an auditor hears of a file that is missing.
  if (counted) await addUsage(tx, { day: dayOf(file.filedAt), counted: file.seq }, counted);
  else
    ctx.log.error({ batch: file.seq }, 'a file of calls is not beside the log any more, and is not counted as usage');
}

/** `file` is null until it stands beside the log: what comes after it waits. */
type Next = { seq: number; file: FiledCalls | null } | null;

/** The next file; one whose segments are all lost too. */
async function findNext(ctx: Context, tx: Transaction<Schema>, after: number): Promise<Next> {
  const row = await tx
    .selectFrom('segment')
    .innerJoin('statement', 'statement.seq', 'segment.batch')
    .select(['segment.batch as seq', 'segment.file', 'statement.content', 'statement.logged_at'])
    .where('segment.batch', '>', after)
    .orderBy('segment.batch')
    .limit(1)
    .executeTakeFirst();
  if (!row || row.seq === null) return null;
  const { seq, file, content, logged_at: filedAt } = row;
  const isBesideLog =
    !file?.startsWith('incoming/') && holdsSegments(readJson(content).body as StatementBody<'receipts.batched'>);
  return { seq, file: isBesideLog ? { seq, filedAt, path: pathOf(ctx, seq) } : null };
}

/** The next that callers said of answers they had, before that file. */
async function findWords(tx: Transaction<Schema>, after: number, before: number) {
  const row = await tx
    .selectFrom('statement')
    .select(['seq', 'logged_at', 'content'])
    .where('kind', '=', 'receipts.relied')
    .where('seq', '>', after)
    .where('seq', '<', before)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return row && { seq: row.seq, loggedAt: row.logged_at, statement: readJson(row.content) };
}

const pathOf = ({ tlog }: Pick<Context, 'tlog'>, seq: number) => join(tlog.directory, batchPath(seq));

/** In the thread that remembers today's requests; one that just started, or counted what was not kept, reads them again. */
async function count({ calls, ...ctx }: Context, tx: Transaction<Schema>, file: FiledCalls, cursor: number) {
  const thread = calls.counting;
  const known = await thread.ask('countedTo');
  const day = dayOf(file.filedAt);
  if (known?.seq === cursor) return thread.ask('count', file, { before: [], isNew: false });
  const isAhead = known !== null && known.day === day && known.seq < cursor;
  const before = await listCounted(ctx, tx, { day, after: isAhead ? known.seq : -1, upTo: cursor });
  return thread.ask('count', file, { before, isNew: !isAhead });
}

async function listCounted(
  ctx: Pick<Context, 'tlog'>,
  tx: Transaction<Schema>,
  { day, after, upTo }: { day: number; after: number; upTo: number },
): Promise<FiledCalls[]> {
  const { rows } = await sql<{ seq: number; logged_at: number }>`
    select seq, logged_at from statement
    where seq in (select distinct batch from segment where batch > ${after} and batch <= ${upTo})
      and logged_at >= ${day} * 86400000::bigint and logged_at < (${day} + 1) * 86400000::bigint
    order by seq`.execute(tx);
  return rows.map(({ seq, logged_at }) => ({ seq, filedAt: logged_at, path: pathOf(ctx, seq) }));
}
