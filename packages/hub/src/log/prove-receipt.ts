import { join } from 'node:path';
import {
  CallableError,
  decodeEntry,
  type LogEntry,
  proveInclusion,
  type ReceiptProof,
  readBundle,
  readSubtreesFrom,
  readSubtreesOfLeaves,
  type SignedReceipt3,
  tileWidth,
  toHex,
} from '@callable/protocol';
import type { Wanted } from '../calls/desk/find-receipt.ts';
import { placeOf } from '../calls/intake/segment-files.ts';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { readPublished } from './log-head.ts';
import { cut } from './mend-batches.ts';
import { batchPath } from './write-batch-files.ts';

/**
 * Proves a receipt of version 1 or 2 up to the published checkpoint, from the files of the log. Throws ReceiptNotFound, or
 * ReceiptNotLogged while it is on its way.
 */
export async function proveReceipt(ctx: Pick<HubContext, 'db' | 'tlog'>, id: string): Promise<ReceiptProof> {
  const row = await ctx.db
    .selectFrom('receipt')
    .select(['content', 'batch', 'batch_index'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row?.content)
    throw new CallableError(
      'ReceiptNotFound',
      `No receipt ${id} of version 1 or 2 was reported here. Those of version 3 are asked for by session and number: /v1/sessions/{session}/receipts/{number}/proof.`,
    );
  const { batch, batch_index: index } = row;
  const inLog = await proveEntry(ctx, index === null ? null : batch);
  const leaves = await readLogFilesIn(ctx.tlog.directory)(batchPath(inLog.logIndex));
  if (!leaves || index === null) throw new Error(`The files of the log do not hold the batch ${batch}.`);
  const path = await proveInclusion(index, leaves.length / 32, readSubtreesOfLeaves(cut(leaves), hashBytes), hashBytes);
  return { receipt: readJson(row.content), index, path: path.map(toHex), ...inLog };
}

/** Who is asked for a receipt of version 3. Sessions are random; where two nodes claim one, the first that was reported. */
export type WantedReceipt = { session: string; number: number; node?: string | undefined };

const whyText = {
  hash: 'was reported as a bare hash: a probe, a copy, or an answer that lost.',
  signature:
    'was reported without the signature of its header. A later header of the session covers it, as `callable verify calls` shows; alone it proves nothing.',
} as const;

type Found = { receipt: SignedReceipt3; batch: number | null; offset: number; at: number };

/** A receipt of version 3 as it was reported. Throws ReceiptNotFound. */
export async function findReceiptOf(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'calls'>,
  wanted: WantedReceipt,
): Promise<Found> {
  const { session, number, node } = wanted;
  let query = ctx.db
    .selectFrom('receipt_run')
    .innerJoin('segment', 'segment.id', 'receipt_run.segment')
    .select(['node', 'file', 'offset', 'length', 'batch'])
    .where('session', '=', session)
    .where('first', '<=', number)
    .where('last', '>=', number)
    .orderBy('arrived_at')
    .limit(1);
  if (node !== undefined) query = query.where('node', '=', node as never);
  const row = await query.executeTakeFirst();
  const place = row && placeOf(ctx, row);
  const asked: Wanted | undefined = row && { node: row.node, session, number };
  const found = place && asked ? await ctx.calls.questions().ask('find', place, asked) : null;
  if (!row || !found)
    throw new CallableError('ReceiptNotFound', `No receipt ${number} of the session ${session} was reported here.`);
  if (!found.receipt)
    throw new CallableError('ReceiptNotFound', `The receipt ${number} of the session ${session} ${whyText[found.why]}`);
  return { receipt: found.receipt, batch: row.batch, offset: row.offset, at: found.at };
}

/** Proves such a receipt up to the published checkpoint; throws ReceiptNotLogged too. */
export async function proveReceiptOf(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'calls'>,
  wanted: WantedReceipt,
): Promise<ReceiptProof> {
  const { receipt, batch, offset, at } = await findReceiptOf(ctx, wanted);
  const inLog = await proveEntry(ctx, batch);
  const path = join(ctx.tlog.directory, batchPath(inLog.logIndex));
  const inBatch = await ctx.calls.questions().ask('prove', path, { offset, at });
  if (!inBatch) throw new Error(`The files of the log do not hold the batch ${batch}.`);
  return { receipt, ...inBatch, ...inLog };
}

type ProvenEntry = { entry: LogEntry; logIndex: number; logPath: string[]; checkpoint: string };

/** The statement of a batch, and that it is under the published checkpoint. */
async function proveEntry(ctx: Pick<HubContext, 'tlog'>, batch: number | null): Promise<ProvenEntry> {
  const published = await readPublished(ctx);
  if (batch === null || !published || published.size <= batch) throw notLogged(batch);
  const readFile = readLogFilesIn(ctx.tlog.directory);
  const { size, note: checkpoint } = published;
  const bundle = Math.floor(batch / tileWidth);
  const width = Math.min(tileWidth, size - bundle * tileWidth);
  const entries = await readBundle(readFile, { index: bundle, width });
  const entry = decodeEntry(entries[batch % tileWidth] ?? new Uint8Array());
  if (!entry) throw new Error(`The files of the log do not hold the entry ${batch}.`);
  const path = await proveInclusion(batch, size, readSubtreesFrom(readFile, size, hashBytes), hashBytes);
  return { entry, logIndex: batch, logPath: path.map(toHex), checkpoint };
}

function notLogged(batch: number | null): CallableError {
  const where = batch === null ? 'waits for the next batch' : `is in batch ${batch}, which waits for a checkpoint`;
  return new CallableError('ReceiptNotLogged', `The receipt ${where}.`, { details: { retryAfterSeconds: 1 } });
}
