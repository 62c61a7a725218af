import {
  CallableError,
  decodeEntry,
  proveInclusion,
  type ReceiptProof,
  readBundle,
  readSubtreesFrom,
  readSubtreesOfLeaves,
  tileWidth,
  toHex,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { hashBytes } from './hash-bytes.ts';
import { readPublished } from './log-head.ts';
import { cut } from './mend-batches.ts';
import { batchPath } from './write-batch-files.ts';

/**
 * Proves a receipt up to the published checkpoint, from the files of the log. Throws ReceiptNotFound, or ReceiptNotLogged
 * while it is on its way.
 */
export async function proveReceipt(ctx: Pick<HubContext, 'db' | 'tlog'>, id: string): Promise<ReceiptProof> {
  const row = await ctx.db
    .selectFrom('receipt')
    .select(['content', 'batch', 'batch_index'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row?.content) throw new CallableError('ReceiptNotFound', `No receipt ${id} was reported here.`);
  const published = await readPublished(ctx);
  const { batch, batch_index: index } = row;
  if (batch === null || index === null || !published || published.size <= batch) throw notLogged(batch);
  const readFile = readLogFilesIn(ctx.tlog.directory);
  const leaves = await readFile(batchPath(batch));
  const logIndex = batch;
  const { size, note: checkpoint } = published;
  const bundle = Math.floor(logIndex / tileWidth);
  const width = Math.min(tileWidth, size - bundle * tileWidth);
  const entries = await readBundle(readFile, { index: bundle, width });
  const entry = decodeEntry(entries[logIndex % tileWidth] ?? new Uint8Array());
  if (!leaves || !entry) throw new Error(`The files of the log do not hold the batch ${batch}.`);
  const inBatch = await proveInclusion(
    index,
    leaves.length / 32,
    readSubtreesOfLeaves(cut(leaves), hashBytes),
    hashBytes,
  );
  const inLog = await proveInclusion(logIndex, size, readSubtreesFrom(readFile, size, hashBytes), hashBytes);
  return {
    receipt: readJson(row.content),
    index,
    path: inBatch.map(toHex),
    entry,
    logIndex,
    logPath: inLog.map(toHex),
    checkpoint,
  };
}

function notLogged(batch: number | null): CallableError {
  const where = batch === null ? 'waits for the next batch' : `is in batch ${batch}, which waits for a checkpoint`;
  return new CallableError('ReceiptNotLogged', `The receipt ${where}.`, { details: { retryAfterSeconds: 1 } });
}
