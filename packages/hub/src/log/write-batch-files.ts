import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinSegments, receiptLeaf, type Statement, type StatementBody, segmentPrefix } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { writeFiles } from './directory/write-files.ts';

/**
 * Where the receipts of a `receipts.batched` statement stand: `receipts/<its index in the log>`. Segments, where the
 * statement says how many calls they hold; of those before the leaves, 32 bytes each.
 */
export const batchPath = (seq: number) => `receipts/${seq}`;

/** Whether the file of such a statement holds segments. */
export const holdsSegments = (body: StatementBody<'receipts.batched'>): boolean => body.calls !== undefined;

type Row = { seq: number; kind: string; content: JsonText<Statement> };

/** Writes the file of every batch among these statements, so that receipts can be proven from the files alone. */
export async function writeBatchFiles(
  ctx: Pick<HubContext, 'tlog' | 'log'>,
  tx: Transaction<Schema>,
  statements: readonly Row[],
): Promise<void> {
  for (const { seq, kind, content } of statements) {
    if (kind !== 'receipts.batched') continue;
    const isOfSegments = holdsSegments(readJson(content).body as StatementBody<'receipts.batched'>);
    if (isOfSegments) await writeSegments(ctx, tx, seq);
    else {
      const bytes = Buffer.concat(await readBatchLeaves(tx, seq));
      await writeFiles(ctx.tlog.directory, [{ path: batchPath(seq), bytes }]);
    }
  }
}

/** The segments of a statement, in the order in which their headers are its leaves. */
export const listSegmentsOf = (db: HubContext['db'], seq: number) =>
  db
    .selectFrom('segment')
    .select(['id', 'file', 'filed', 'offset', 'length'])
    .where('batch', '=', seq)
    .orderBy('arrived_at')
    .orderBy('id')
    .execute();

/** Where they stand from now on is known with the head that covers them. */
async function writeSegments(
  ctx: Pick<HubContext, 'tlog' | 'log'>,
  tx: Transaction<Schema>,
  seq: number,
): Promise<void> {
  const rows = await listSegmentsOf(tx, seq);
  const file = batchPath(seq);
  // Written by a growth that ended before its head was decided.
  if (rows.every((row) => row.file === file)) return;
  const segments: Buffer[] = [];
  for (const row of rows) {
    const bytes = row.file === null ? null : await readFile(join(ctx.tlog.directory, row.file)).catch(() => null);
    if (!bytes) {
      // It was there when its leaves were hashed: the log goes on, and the next start says what is lost.
      ctx.log.error({ batch: seq, segment: row.id }, 'a report of calls is not beside the log any more');
      return;
    }
    segments.push(bytes.subarray(row.offset, row.offset + row.length));
  }
  await writeFiles(ctx.tlog.directory, [{ path: file, bytes: joinSegments(segments) }]);
  let offset = 0;
  for (const [index, { id }] of rows.entries()) {
    offset += segmentPrefix;
    await tx.updateTable('segment').set({ file, offset }).where('id', '=', id).execute();
    offset += segments[index]?.length ?? 0;
  }
}

/** The leaf hashes of a batch of before in its order, of those receipts whose content is still there. */
export async function readBatchLeaves(tx: HubContext['db'], seq: number): Promise<Uint8Array[]> {
  const rows = await tx
    .selectFrom('receipt')
    .select('content')
    .where('batch', '=', seq)
    .orderBy('batch_index')
    .execute();
  return rows.flatMap((row) => (row.content === null ? [] : receiptLeaf(readJson(row.content))));
}
