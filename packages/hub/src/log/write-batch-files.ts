import { receiptLeaf } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { writeFiles } from './directory/write-files.ts';

/** Where the leaves of a batch of receipts stand, 32 bytes each: `receipts/<index of its statement in the log>`. */
export const batchPath = (seq: number) => `receipts/${seq}`;

/** Writes the leaves of every batch among these statements, so that receipts can be proven from the files alone. */
export async function writeBatchFiles(
  ctx: Pick<HubContext, 'tlog'>,
  tx: Transaction<Schema>,
  statements: readonly { seq: number; kind: string }[],
): Promise<void> {
  for (const { seq } of statements.filter(({ kind }) => kind === 'receipts.batched')) {
    const bytes = Buffer.concat(await readBatchLeaves(tx, seq));
    await writeFiles(ctx.tlog.directory, [{ path: batchPath(seq), bytes }]);
  }
}

/** The leaf hashes of a batch in its order, of those receipts whose content is still there. */
export async function readBatchLeaves(tx: HubContext['db'], seq: number): Promise<Uint8Array[]> {
  const rows = await tx
    .selectFrom('receipt')
    .select('content')
    .where('batch', '=', seq)
    .orderBy('batch_index')
    .execute();
  return rows.flatMap((row) => (row.content === null ? [] : receiptLeaf(readJson(row.content))));
}
