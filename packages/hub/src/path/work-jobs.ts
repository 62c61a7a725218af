import { setTimeout as delay } from 'node:timers/promises';
import { endWithin } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { JobStep } from '../db/schema.ts';
import { extendLease, leaseJob } from '../jobs/lease-job.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { releaseLease, returnJob } from '../jobs/return-job.ts';
import { complain } from '../outages/complain.ts';
import { deliverEvent } from './deliver-event.ts';
import { drawValidators } from './draw-validators.ts';
import { identifyRelease } from './identify-release.ts';
import { keepRelease } from './keep-release.ts';
import { probeRelease } from './probe-release.ts';
import { type JobOutcome, settleJob } from './settle-job.ts';
import { storeRelease } from './store-release.ts';

type Step = (ctx: HubContext, job: LeasedJob, signal: AbortSignal) => Promise<JobOutcome>;

/** The steps the hub does itself, and how long each may take: one strange release never holds up another for long. */
const steps: Partial<Record<JobStep, { run: Step; limitMs: number }>> = {
  store: { run: storeRelease, limitMs: 30 * 60_000 },
  deliver: { run: deliverEvent, limitMs: 30_000 },
  draw: { run: drawValidators, limitMs: 10_000 },
  probe: { run: probeRelease, limitMs: 60_000 },
  // At 100 ms per MiB the largest release takes half an hour; what is done is kept when this is too little.
  identify: { run: identifyRelease, limitMs: 3600_000 },
  // Computing blob IDs and sending the bytes, of the largest release to a publisher that is slow.
  keep: { run: keepRelease, limitMs: 12 * 3600_000 },
};

/** Held as long as the work goes on: after a kill -9 the next process waits no longer than this for the rest. */
const leaseMs = 15_000;

/** `wakeWorkers` looks for all of them, twice a second; this is for a hub whose looks fail. */
const longestWaitMs = 10_000;

/** Works off a queue of the hub's own jobs until the signal aborts, while `mayBegin`. Several of these run side by side. */
export async function workJobs(ctx: HubContext, signal: AbortSignal, queue = '', mayBegin = always): Promise<void> {
  while (!signal.aborted) {
    await ctx.outages.untilOver(signal);
    if (ctx.tlog.rolledBack !== null) {
      await delay(1000, null, { signal }).catch(() => null);
      continue;
    }
    const job = await leaseWhen(ctx, queue, mayBegin).catch((error: unknown) => {
      complain(ctx, error, 'no job could be leased');
      return delay(1000, null, { signal }).catch(() => null);
    });
    if (job) await workJob(ctx, job, signal);
    else await ctx.changes.next({ topic: 'job', subject: queue || 'hub' }, longestWaitMs, signal);
  }
}

const always = async () => true;

async function leaseWhen(ctx: HubContext, queue: string, mayBegin: () => Promise<boolean>): Promise<LeasedJob | null> {
  return (await mayBegin()) ? leaseJob(ctx, queue, leaseMs) : null;
}

async function workJob(ctx: HubContext, job: LeasedJob, signal: AbortSignal): Promise<void> {
  const step = steps[job.step];
  const holding = setInterval(() => extendLease(ctx, job, leaseMs).catch(() => null), leaseMs / 3);
  try {
    if (!step) throw new Error(`The hub has no step ${job.step}.`);
    const outcome = await step.run(ctx, job, endWithin(step.limitMs, signal));
    await settleJob(ctx, job, outcome);
  } catch (error) {
    await giveBack(ctx, job, error, signal).catch((cause: unknown) =>
      complain(ctx, cause, 'a failed job could not be given back; its lease will run out'),
    );
  } finally {
    clearInterval(holding);
  }
}

async function giveBack(ctx: HubContext, job: LeasedJob, error: unknown, signal: AbortSignal): Promise<void> {
  const isOutage = ctx.outages.errorOf(error) !== null;
  // The lease outlives the outage, and what failed is not the job.
  if (isOutage) await ctx.outages.untilOver(signal);
  if (isOutage || signal.aborted) return releaseLease(ctx, job);
  ctx.log.error({ err: error, release: job.release, step: job.step }, 'a job failed');
  await returnJob(ctx, job, error instanceof Error ? error.message : String(error));
}
