import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashTree, joinSegments, readSubtreesOfLeaves, type StatementBody, toHex } from '@callable/protocol';
import { incomingPath } from '../calls/intake/segment-files.ts';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { writeFiles } from './directory/write-files.ts';
import { batchPath, holdsSegments, listSegmentsOf, readBatchLeaves } from './write-batch-files.ts';

const batchesAtOnce = 200;

type Context = Pick<HubContext, 'db' | 'tlog' | 'log' | 'calls'>;
type Batched = StatementBody<'receipts.batched'>;

/**
 * Writes again the files of batches below this size that are missing or damaged: leaves of before from the receipts in the
 * database, segments from where they waited for their statement, as long as they are there. Returns the batches whose
 * receipts are gone: the log holds their roots, and nothing proves a receipt to them.
 */
export async function mendBatches(ctx: Context, size: number, signal: AbortSignal): Promise<number[]> {
  const lost: number[] = [];
  let mended = 0;
  for await (const { seq, body } of listLostBatches(ctx, size, signal)) {
    const bytes = await (holdsSegments(body) ? gatherSegments(ctx, seq) : gatherLeaves(ctx, seq, body));
    if (bytes) await writeFiles(ctx.tlog.directory, [{ path: batchPath(seq), bytes }]);
    if (bytes && (await isBatchFile(ctx, seq, body))) mended++;
    else lost.push(seq);
  }
  if (mended > 0)
    ctx.log.warn({ batches: mended }, 'batches of receipts were missing or damaged and are written again');
  if (lost.length > 0)
    ctx.log.error(
      { batches: lost.length, first: lost.slice(0, 20) },
      'the receipts of these batches are neither in the database nor beside the log and can be proven no more: restore log/receipts from a backup or a mirror',
    );
  return lost;
}

/** The batches below this size whose file is missing or damaged. */
export async function* listLostBatches(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'calls'>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<{ seq: number; body: Batched }> {
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
      signal.throwIfAborted();
      const body = readJson(content).body as Batched;
      if (!(await isBatchFile(ctx, seq, body))) yield { seq, body };
    }
    const last = rows.at(-1);
    if (!last || rows.length < batchesAtOnce) return;
    after = last.seq;
  }
}

/** Whether the file of a batch makes the root that its statement names. */
async function isBatchFile(ctx: Pick<HubContext, 'tlog' | 'calls'>, seq: number, body: Batched): Promise<boolean> {
  if (holdsSegments(body))
    return (await ctx.calls.reading.ask('rootOfFile', join(ctx.tlog.directory, batchPath(seq)))) === body.root;
  const file = await readLogFilesIn(ctx.tlog.directory)(batchPath(seq));
  return file !== null && (await rootOf(cut(file))) === body.root;
}

async function gatherLeaves(ctx: Context, seq: number, { root }: Batched): Promise<Uint8Array | null> {
  const leaves = await readBatchLeaves(ctx.db, seq);
  return (await rootOf(leaves)) === root ? Buffer.concat(leaves) : null;
}

async function gatherSegments(ctx: Context, seq: number): Promise<Uint8Array | null> {
  const segments: Buffer[] = [];
  for (const { id, filed } of await listSegmentsOf(ctx.db, seq)) {
    const bytes = await readFile(join(ctx.tlog.directory, incomingPath(filed ?? id))).catch(() => null);
    if (!bytes) return null;
    segments.push(bytes);
  }
  return segments.length > 0 ? joinSegments(segments) : null;
}

const rootOf = async (leaves: readonly Uint8Array[]) =>
  toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hashBytes), hashBytes));

/** The leaf hashes in the file of a batch of before. What follows the last whole one makes another root. */
export const cut = (leaves: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(leaves.length / 32) }, (_, i) => leaves.subarray(32 * i, 32 * (i + 1)));
