import { join } from 'node:path';
import {
  hashTree,
  type LogEntry,
  readSubtreesOfLeaves,
  type StatementBody,
  splitSegments,
  toHex,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import { leavesOfFile, rootOf } from '../calls/desk/batch-leaves.ts';
import type { Run } from '../calls/desk/group-runs.ts';
import { dropUnfiled, followSessions, lockSessions } from '../calls/intake/follow-sessions.ts';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { hashBytes } from '../log/directory/hash-bytes.ts';
import { writeFiles } from '../log/directory/write-files.ts';
import { cut, listLostBatches } from '../log/mend-batches.ts';
import { batchPath, holdsSegments } from '../log/write-batch-files.ts';
import type { LogSource } from './log-source.ts';

type Batched = StatementBody<'receipts.batched'>;

/** Brings the files of recovered batches of receipts from a source whose bytes make the root the log names. */
export async function putBackBatches(
  ctx: Pick<HubContext, 'tlog' | 'db' | 'calls' | 'clock'>,
  sources: readonly LogSource[],
  entries: ReadonlyMap<number, LogEntry>,
): Promise<void> {
  for (const [seq, { statement }] of entries) {
    if (statement.kind !== 'receipts.batched') continue;
    const body = statement.body as Batched;
    if ((await bringBatch(ctx, sources, seq, body)) && holdsSegments(body)) await nameSegments(ctx, seq);
  }
}

/** The files of batches that the database knows, and that went with the directory: no backup of the database holds one. */
export async function bringLostBatches(
  ctx: Pick<HubContext, 'tlog' | 'db' | 'calls'>,
  sources: readonly LogSource[],
  { size, signal }: { size: number; signal: AbortSignal },
): Promise<void> {
  for await (const { seq, body } of listLostBatches(ctx, size, signal)) await bringBatch(ctx, sources, seq, body);
}

async function bringBatch(
  ctx: Pick<HubContext, 'tlog'>,
  sources: readonly LogSource[],
  seq: number,
  body: Batched,
): Promise<boolean> {
  for (const { read } of sources) {
    const bytes = await read(batchPath(seq)).catch(() => null);
    if (!bytes || (await rootOfBatch(bytes, body)) !== body.root) continue;
    await writeFiles(ctx.tlog.directory, [{ path: batchPath(seq), bytes }]);
    return true;
  }
  return false;
}

async function rootOfBatch(bytes: Uint8Array, body: Batched): Promise<string | null> {
  if (!holdsSegments(body)) {
    const leaves = cut(bytes);
    return toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hashBytes), hashBytes));
  }
  const leaves = splitSegments(bytes) && leavesOfFile(bytes);
  return leaves && leaves.length > 0 ? rootOf(leaves) : null;
}

/**
 * Says in the database where these segments stand, so that their receipts are found and no number is filed twice. They are
 * counted by what the log says of calls. One that waits for a statement here has this one.
 */
async function nameSegments(ctx: Pick<HubContext, 'tlog' | 'db' | 'calls' | 'clock'>, seq: number): Promise<void> {
  const file = batchPath(seq);
  const now = ctx.clock();
  for (const found of await ctx.calls.reading.ask('list', join(ctx.tlog.directory, file))) {
    const { sha256, offset, length, batches, calls, fromAt, toAt, runs } = found;
    await ctx.db.transaction().execute(async (tx) => {
      const place = { file, offset, length, batch: seq };
      const known = await tx
        .updateTable('segment')
        .set(place)
        .where((where) => where.or([where('id', '=', sha256), where('filed', '=', sha256)]))
        .executeTakeFirst();
      if (known.numUpdatedRows > 0n) return;
      const gateway = runs[0]?.gateway;
      if (gateway === undefined) return;
      await tx
        .insertInto('segment')
        .values({
          ...{ id: sha256, gateway, arrived_at: now, batches, calls, from_at: fromAt, to_at: toAt },
          ...{ ...place, filed: null },
        })
        .execute();
      await lockSessions(tx, runs, now);
      await followSessions(tx, sha256, await keepUnfiled(tx, runs), now);
      await dropUnfiled(tx, runs);
    });
  }
}

/** Without those of which a number is filed here already, in another segment. */
async function keepUnfiled(tx: Transaction<Schema>, runs: readonly Run[]): Promise<Run[]> {
  const kept: Run[] = [];
  for (const run of runs) {
    const filed = await tx
      .selectFrom('receipt_run')
      .select('first')
      .where('session', '=', run.session)
      .where('node', '=', run.node)
      .where('first', '<=', run.last)
      .where('last', '>=', run.first)
      .executeTakeFirst();
    if (!filed) kept.push(run);
  }
  return kept;
}
