import { hashTree, readSubtreesOfLeaves, type StatementBody, toHex } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { writeFiles } from './directory/write-files.ts';
import { hashBytes } from './hash-bytes.ts';
import { batchPath, readBatchLeaves } from './write-batch-files.ts';

const batchesAtOnce = 200;

/**
 * Writes again the leaves of batches below this size that are missing or damaged, from the receipts in the database.
 * Returns the batches whose receipts are gone too: the log holds their roots, and nothing proves a receipt to them.
 */
export async function mendBatches(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log'>,
  size: number,
  signal: AbortSignal,
): Promise<number[]> {
  const readFile = readLogFilesIn(ctx.tlog.directory);
  const lost: number[] = [];
  let mended = 0;
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const rows = await ctx.db
      .selectFrom('statement')
      .select(['seq', 'content'])
      .where('kind', '=', 'receipts.batched')
      .where('seq', '>', after)
      .where('seq', '<', size)
      .orderBy('seq')
      .limit(batchesAtOnce)
      .execute();
    for (const { seq, content } of rows) {
      const { root } = readJson(content).body as StatementBody<'receipts.batched'>;
      const file = await readFile(batchPath(seq));
      if (file && (await rootOf(cut(file))) === root) continue;
      const leaves = await readBatchLeaves(ctx.db, seq);
      if ((await rootOf(leaves)) === root) {
        await writeFiles(ctx.tlog.directory, [{ path: batchPath(seq), bytes: Buffer.concat(leaves) }]);
        mended++;
      } else lost.push(seq);
    }
    const last = rows.at(-1);
    if (!last || rows.length < batchesAtOnce) break;
    after = last.seq;
  }
  if (mended > 0)
    ctx.log.warn({ batches: mended }, 'batches of receipts were missing or damaged and are written again');
  if (lost.length > 0)
    ctx.log.error(
      { batches: lost.length, first: lost.slice(0, 20) },
      'the receipts of these batches are neither in the database nor beside the log and can be proven no more: restore log/receipts from a backup',
    );
  return lost;
}

const rootOf = async (leaves: readonly Uint8Array[]) =>
  toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hashBytes), hashBytes));

/** The leaf hashes in the file of a batch. What follows the last whole one makes another root. */
export const cut = (leaves: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(leaves.length / 32) }, (_, i) => leaves.subarray(32 * i, 32 * (i + 1)));
