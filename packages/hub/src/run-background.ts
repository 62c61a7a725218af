import { keepAudits, restartAudits } from './audits/keep-audits.ts';
import { countCalls } from './calls/count-calls.ts';
import { forgetProbeCallers } from './calls/forget-probe-callers.ts';
import { tendSegments } from './calls/intake/mend-segments.ts';
import { relayChanges } from './changes/relay-changes.ts';
import type { HubContext } from './context.ts';
import { followStates } from './events/follow-states.ts';
import { forgetEvents } from './events/forget-events.ts';
import { forgetTurns } from './jobs/forget-turns.ts';
import { sweepLeases } from './jobs/return-job.ts';
import { wakeWorkers } from './jobs/wake-workers.ts';
import { workersPerHub } from './jobs/workers.ts';
import { batchReceipts } from './log/batch-receipts.ts';
import { batchSegments } from './log/batch-segments.ts';
import { keepLog } from './log/keep-log.ts';
import { forgetHoldings } from './nodes/forget-holdings.ts';
import { forgetNonces } from './nonces/forget-nonces.ts';
import { complain } from './outages/complain.ts';
import { identifyQueue } from './path/identify-release.ts';
import { isWayFree } from './path/is-way-free.ts';
import { keepQueue } from './path/keep-release.ts';
import { revealProbes } from './path/reveal-probes.ts';
import { tryNewcomers } from './path/try-newcomers.ts';
import { workJobs } from './path/work-jobs.ts';
import { followPolicy } from './policy/follow-policy.ts';
import { followLooks } from './releases/follow-looks.ts';
import { expireUploads } from './uploads/expire-uploads.ts';
import { keepDayFiles } from './usage/days/keep-day-files.ts';
import { type FigurePace, keepFigures } from './usage/figures/keep-figures.ts';
import { rollUpUsage } from './usage/roll-up-usage.ts';
import { expireWalrusBlobs } from './walrus-api/expire-walrus-blobs.ts';
import { forgetPaces } from './webhooks/take-pace.ts';
import { webhookQueue, workersOfWebhooks } from './webhooks/webhook-queue.ts';

/**
 * Everything a hub does without being asked, until the signal aborts; its jobs begin with `mayWork` and end with `resting`, which
 * may be earlier. Resolves when all of it has ended.
 */
export async function runBackground(
  ctx: HubContext,
  signal: AbortSignal,
  { mayWork, resting }: { mayWork: Promise<void>; resting: AbortSignal },
): Promise<void> {
  const every = (periodMs: number, work: () => Promise<unknown>, hint = 'none') =>
    repeat(ctx, signal, periodMs, work, hint);
  const rests = new Promise<void>((resolve) => resting.addEventListener('abort', () => resolve(), { once: true }));
  const begins = Promise.race([mayWork, rests]);
  const work = (queue?: string, mayBegin?: () => Promise<boolean>) =>
    begins.then(() => workJobs(ctx, resting, queue, mayBegin));
  const segments = { left: null };
  const pace: FigurePace = new Map();
  await beginAudits(ctx, signal);
  await Promise.all([
    ...Array.from({ length: workersPerHub }, () => work()),
    // One, and only while no release is on its way: it takes a core for minutes, and nobody waits for it.
    ...Array.from({ length: workersOfWebhooks }, () => work(webhookQueue)),
    work(identifyQueue, () => isWayFree(ctx, identifyQueue)),
    ...(ctx.walrusKeeper ? [work(keepQueue)] : []),
    every(500, () => wakeWorkers(ctx, ['', identifyQueue, webhookQueue, ...(ctx.walrusKeeper ? [keepQueue] : [])])),
    every(250, () => relayChanges(ctx), ''),
    every(250, () => followLooks(ctx, signal)),
    every(500, () => countCalls(ctx), 'calls'),
    every(500, () => followStates(ctx)),
    every(1000, () => batchReceipts(ctx)),
    every(1000, () => batchSegments(ctx)),
    keepLog(ctx, signal),
    every(500, () => rollUpUsage(ctx)),
    every(500, () => keepFigures(ctx, pace, signal)),
    every(20_000, () => keepDayFiles(ctx, signal)),
    every(500, () => keepAudits(ctx), 'audits'),
    every(1000, () => sweepLeases(ctx)),
    every(5000, () => followPolicy(ctx)),
    every(Math.min(60_000, ctx.config.limits.trialEveryMs), () => tryNewcomers(ctx)),
    every(60_000, () => tendSegments(ctx, segments, signal)),
    every(60_000, () => forgetTurns(ctx)),
    every(60_000, () => forgetPaces(ctx)),
    every(60_000, () => forgetNonces(ctx)),
    every(60_000, () => forgetHoldings(ctx)),
    every(60_000, () => expireUploads(ctx)),
    every(60_000, () => revealProbes(ctx)),
    every(3600_000, () => forgetProbeCallers(ctx)),
    every(3600_000, () => forgetEvents(ctx)),
    every(3600_000, () => expireWalrusBlobs(ctx)),
    ctx.listen((change) => ctx.changes.emit(change), signal),
  ]);
}

/** Before anything else: an audit that goes on by its old times would find a node late. */
async function beginAudits(ctx: HubContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await restartAudits(ctx);
    } catch (error) {
      complain(ctx, error, 'the audits could not begin; they will');
      await ctx.changes.next({ topic: 'outbox', subject: 'none' }, 500, signal);
      await ctx.outages.untilOver(signal);
    }
  }
}

/** Runs the work at every hint and at least every period; an accident is logged and the work goes on. */
async function repeat(
  ctx: HubContext,
  signal: AbortSignal,
  periodMs: number,
  work: () => Promise<unknown>,
  hintSubject: string,
): Promise<void> {
  while (!signal.aborted) {
    const hint = ctx.changes.next({ topic: 'outbox', subject: hintSubject }, periodMs, signal);
    // Nothing may be logged: what ends in a statement would fail again and again.
    await ctx.outages.untilOver(signal);
    const isIdle = ctx.tlog.rolledBack !== null || signal.aborted;
    await (isIdle ? Promise.resolve() : work()).catch((error: unknown) => {
      if (!signal.aborted) complain(ctx, error, 'background work failed');
    });
    await hint;
  }
}
