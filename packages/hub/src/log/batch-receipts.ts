import { addressOf, hashTree, readSubtreesOfLeaves, receiptLeaf, signStatement, toHex } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { appendStatement } from '../fold/append-statement.ts';
import { hashBytes } from './directory/hash-bytes.ts';

/** Receipts in one batch: its leaves are a file of 320 kB at most. */
const largestBatch = 10_000;

/**
 * Makes the receipts that are in no batch yet the leaves of a Merkle tree, and its root a statement, in one transaction.
 * Returns how many there were.
 */
export async function batchReceipts(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes'>,
): Promise<number> {
  if (!(await isAnyLeft(ctx))) return 0;
  const count = await ctx.db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('receipt')
      .select(['id', 'content'])
      .where('batch', 'is', null)
      .where('content', 'is not', null)
      .orderBy('id')
      .limit(largestBatch)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length === 0) return 0;
    const receipts = rows.flatMap((row) => (row.content === null ? [] : [readJson(row.content)]));
    const times = receipts.map((receipt) => receipt.finishedAt);
    const root = await hashTree(rows.length, readSubtreesOfLeaves(receipts.map(receiptLeaf), hashBytes), hashBytes);
    const body = {
      count: rows.length,
      root: toHex(root),
      from: times.reduce((a, b) => Math.min(a, b)),
      to: times.reduce((a, b) => Math.max(a, b)),
    };
    const fact = { kind: 'receipts.batched', subject: addressOf(ctx.key), body, issuedAt: ctx.clock() };
    const { seq } = await appendStatement(ctx, tx, signStatement(fact, ctx.key));
    const ids = rows.map((row) => row.id);
    await sql`
      update receipt set batch = ${seq}, batch_index = given.at - 1
      from unnest(${ids}::text[]) with ordinality as given (id, at) where receipt.id = given.id`.execute(tx);
    return rows.length;
  });
  if (count > 0) ctx.changes.emit({ topic: 'outbox', subject: '' });
  return count;
}

/** Most rounds find none, and need no transaction. */
async function isAnyLeft(ctx: Pick<HubContext, 'db'>): Promise<boolean> {
  const { rows } = await sql`
    select from receipt where batch is null and content is not null limit 1`.execute(ctx.db);
  return rows.length > 0;
}
