import { addressOf, signStatement } from '@callable/protocol';
import { sql } from 'kysely';
import { placeOf } from '../calls/intake/segment-files.ts';
import type { HubContext } from '../context.ts';
import { appendStatement } from '../fold/append-statement.ts';

/** Segments under one statement: their file is read whole by whoever verifies a receipt in it. */
const largestFile = 64 * 2 ** 20;
const mostSegments = 1_000;

/**
 * Makes the headers of all batches that were filed since the leaves of a Merkle tree, and its root a statement, in one
 * transaction. Returns how many receipts are under it.
 */
export async function batchSegments(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes' | 'tlog' | 'calls' | 'log'>,
): Promise<number> {
  if (!(await isAnyLeft(ctx))) return 0;
  const calls = await ctx.db.transaction().execute(async (tx) => {
    const found = await tx
      .selectFrom('segment')
      .selectAll()
      .where('batch', 'is', null)
      .where('file', 'is not', null)
      // What has no receipts is no leaf: it goes with the next that has, and keeps none of them waiting.
      .orderBy((of) => of.eb('batches', '=', 0))
      .orderBy('arrived_at')
      .orderBy('id')
      .limit(mostSegments)
      .forUpdate()
      .skipLocked()
      .execute();
    const fitting = takeFitting(found);
    const places = fitting.flatMap((row) => placeOf(ctx, row) ?? []);
    const { root, count, lost } = await ctx.calls.reading.ask('root', places);
    const gone = fitting.filter((_, index) => lost.includes(index)).map(({ id }) => id);
    if (gone.length > 0) {
      ctx.log.error({ segments: gone }, 'reports of calls that were filed are not beside the log any more');
      await sql`update segment set file = null where id = any(${gone}::text[])`.execute(tx);
    }
    const rows = fitting.filter(({ id }) => !gone.includes(id));
    if (root === null || rows.length === 0) return 0;
    const body = {
      count,
      root,
      from: rows.reduce((least, row) => Math.min(least, row.from_at), Number.MAX_SAFE_INTEGER),
      to: rows.reduce((most, row) => Math.max(most, row.to_at), 0),
      calls: rows.reduce((sum, row) => sum + row.calls, 0),
    };
    const fact = { kind: 'receipts.batched', subject: addressOf(ctx.key), body, issuedAt: ctx.clock() };
    const { seq } = await appendStatement(ctx, tx, signStatement(fact, ctx.key));
    await sql`update segment set batch = ${seq} where id = any(${rows.map(({ id }) => id)}::text[])`.execute(tx);
    return body.calls;
  });
  if (calls > 0) ctx.changes.emit({ topic: 'outbox', subject: '' });
  return calls;
}

/** The first of them, as many as fit into a file; at least one. */
function takeFitting<Row extends { length: number }>(rows: readonly Row[]): Row[] {
  let bytes = 0;
  const beyond = rows.findIndex(({ length }, index) => {
    bytes += length;
    return index > 0 && bytes > largestFile;
  });
  return beyond === -1 ? [...rows] : rows.slice(0, beyond);
}

/** Most rounds find none, and need no transaction. */
async function isAnyLeft(ctx: Pick<HubContext, 'db'>): Promise<boolean> {
  const { rows } = await sql`select from segment where batch is null and file is not null limit 1`.execute(ctx.db);
  return rows.length > 0;
}
