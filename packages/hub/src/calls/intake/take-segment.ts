import {
  type Address,
  CallableError,
  type FailedCalls,
  maxClockSkewMs,
  type SegmentTaken,
  type SignedBatch,
  signStatement,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import type { Schema } from '../../db/schema.ts';
import { appendStatement } from '../../fold/append-statement.ts';
import type { CallsThread } from '../desk/calls-thread.ts';
import type { OpenedSegment, Times } from '../desk/open-segment.ts';
import type { Tally } from '../desk/tally-segment.ts';
import type { EvidenceBudget } from '../evidence/evidence-budget.ts';
import { addUncounted } from './add-uncounted.ts';
import { countCallers } from './count-callers.ts';
import { dropUnfiled, followSessions, lockSessions } from './follow-sessions.ts';
import { judgeRuns } from './judge-runs.ts';
import { refuseStranger } from './refuse-stranger.ts';
import { writeSegment } from './segment-files.ts';

/** A call is reported within this time or not counted: the keys of probes are remembered for longer than that. */
export const oldestReportMs = 24 * 3600_000;

type Context = Pick<
  HubContext,
  'db' | 'config' | 'key' | 'log' | 'clock' | 'rules' | 'changes' | 'tlog' | 'calls' | 'evidence'
>;

/**
 * Takes a gateway's account of the calls it passed on: files it, whole batches only, and counts what is usage. When this
 * resolves, the file survives a power cut and the database knows it, or neither was said. The same bytes, or the same batch
 * in others, count once. Throws SignerNotAllowed and SegmentInvalid.
 */
export async function takeSegment(
  ctx: Context,
  gateway: Address,
  { bytes, sha256: id }: { bytes: Uint8Array; sha256: string },
): Promise<SegmentTaken> {
  refuseStranger(ctx, gateway);
  ctx.calls.noteReport();
  const thread = ctx.calls.intake();
  if (await isKnown(ctx.db, id)) return { filed: 0, known: 1, refused: {} };
  const now = ctx.clock();
  const times = { oldest: now - oldestReportMs, now, newest: now + maxClockSkewMs };
  const found = await thread.ask('open', bytes, gateway, times);
  if (!found) throw new CallableError('SegmentInvalid');
  try {
    const given = { id, gateway, bytes, times, evidence: ctx.evidence, ...found, thread };
    const taken = await ctx.db.transaction().execute((tx) => fileSegment(ctx, tx, given));
    const isNews = Object.keys(taken.refused).length > 0;
    if (isNews) ctx.log.info({ gateway, ...taken }, 'not every reported batch is filed');
    return taken;
  } finally {
    await thread.ask('close', found.ticket);
  }
}

const isKnown = async (db: HubContext['db'], id: string): Promise<boolean> =>
  (await db.selectFrom('segment').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;

type Given = {
  id: string;
  gateway: Address;
  bytes: Uint8Array;
  times: Times;
  evidence: EvidenceBudget;
  thread: CallsThread;
  ticket: string;
  opened: OpenedSegment;
};

async function fileSegment(ctx: Context, tx: Transaction<Schema>, given: Given): Promise<SegmentTaken> {
  const { id, gateway, times, thread, ticket, opened } = given;
  const nothing = { id, gateway, arrived_at: times.now, batches: 0, calls: 0, from_at: 0, to_at: 0, file: null };
  const begun = await tx
    .insertInto('segment')
    .values({ ...nothing, filed: null, offset: 0, length: 0, batch: null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  // The same bytes, by another request at this moment.
  if (begun.numInsertedOrUpdatedRows !== 1n) return { filed: 0, known: 1, refused: {} };
  await lockSessions(tx, opened.runs, times.now);
  const judged = await judgeRuns(ctx, tx, given);
  const tallied = await thread.ask('tally', ticket, judged.judgement);
  // attack: a release that fails every call leaves no receipt, and would leave no word in the log.
  if (tallied.batches > 0 || tallied.hasWord) {
    const filed = tallied.bytes ?? given.bytes;
    const sha256 = tallied.bytes ? await thread.ask('hash', filed) : id;
    const file = await writeSegment(ctx, sha256, filed);
    const { batches, calls } = tallied;
    const [from_at, to_at] = batches > 0 ? [tallied.fromAt, tallied.toAt] : [times.now, times.now];
    const place = { file, filed: sha256 === id ? null : sha256, length: filed.length };
    await tx
      .updateTable('segment')
      .set({ batches, calls, from_at, to_at, ...place })
      .where('id', '=', id)
      .execute();
  }
  await followSessions(tx, id, tallied.runs, times.now);
  await dropUnfiled(tx, opened.runs);
  await addUncounted(tx, [...tallied.tallies, ...(await talliesOf(tx, opened.failures, times))]);
  await countCallers(tx, tallied.callers);
  await stateForks(ctx, tx, judged.forks);
  return {
    filed: tallied.batches,
    known: opened.known + judged.known,
    refused: sumUp([opened.refused, judged.refused, tallied.unsaid > 0 ? { signature: tallied.unsaid } : {}]),
  };
}

function sumUp(parts: readonly Record<string, number>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [why, count] of parts.flatMap(Object.entries<number>)) sums.set(why, (sums.get(why) ?? 0) + count);
  return Object.fromEntries(sums);
}

/** Failures of releases that are known here, and of our time. */
async function talliesOf(tx: Transaction<Schema>, failures: readonly FailedCalls[], times: Times): Promise<Tally[]> {
  const fresh = failures.filter(({ lastAt, count }) => count > 0 && lastAt > times.oldest && lastAt < times.newest);
  if (fresh.length === 0) return [];
  const digests = fresh.map(({ release }) => release);
  const rows = await tx.selectFrom('release').select('digest').where('digest', 'in', digests).execute();
  const known = new Set(rows.map(({ digest }) => digest));
  return fresh
    .filter(({ release }) => known.has(release))
    .map(({ release, count, lastAt }) => {
      const at = Math.min(lastAt, times.now);
      return { release, node: '' as Address, kind: 'failed' as const, count, lastAt: at };
    });
}

/** In the transaction that leaves the second batch out: said or not, it is not asked about again. */
async function stateForks(
  ctx: Context,
  tx: Transaction<Schema>,
  forks: readonly { first: SignedBatch; second: SignedBatch }[],
): Promise<void> {
  const said = new Set<Address>();
  for (const body of forks) {
    const { node } = body.first;
    if (said.has(node)) continue;
    said.add(node);
    const state = await tx.selectFrom('node_state').select('convicted').where('node', '=', node).executeTakeFirst();
    if (state?.convicted === true) continue;
    const fact = { kind: 'receipt.forked', subject: node, body, issuedAt: ctx.clock() };
    await appendStatement(ctx, tx, signStatement(fact, ctx.key));
  }
}
