import { setTimeout as delay } from 'node:timers/promises';
import type { HubContext } from '../context.ts';
import type { JobStep } from '../db/schema.ts';
import { drawValidators } from '../path/draw-validators.ts';
import { probeRelease } from '../path/probe-release.ts';
import { storeRelease } from '../path/store-release.ts';
import { type LeasedJob, leaseJob } from './lease-job.ts';
import { returnJob } from './return-job.ts';
import { type JobOutcome, settleJob } from './settle-job.ts';

type Step = (ctx: HubContext, job: LeasedJob, signal: AbortSignal) => Promise<JobOutcome>;

/** The steps the hub does itself, and how long each may take: one strange release never holds up another for long. */
const steps: Partial<Record<JobStep, { run: Step; limitMs: number }>> = {
  store: { run: storeRelease, limitMs: 30 * 60_000 },
  draw: { run: drawValidators, limitMs: 10_000 },
  probe: { run: probeRelease, limitMs: 60_000 },
};

/** Works off the hub's own jobs until the signal aborts. Several of these run side by side. */
export async function workJobs(ctx: HubContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const job = await leaseJob(ctx, '', 90_000).catch((error: unknown) => {
      ctx.log.warn({ err: error }, 'no job could be leased');
      return delay(1000, null, { signal }).catch(() => null);
    });
    if (job) await workJob(ctx, job, signal);
    else await ctx.changes.next({ topic: 'job', subject: 'hub' }, 500, signal);
  }
}

async function workJob(ctx: HubContext, job: LeasedJob, signal: AbortSignal): Promise<void> {
  const step = steps[job.step];
  try {
    if (!step) throw new Error(`The hub has no step ${job.step}.`);
    const outcome = await step.run(ctx, job, AbortSignal.any([signal, AbortSignal.timeout(step.limitMs)]));
    await settleJob(ctx, job, outcome);
  } catch (error) {
    if (!signal.aborted) ctx.log.error({ err: error, release: job.release, step: job.step }, 'a job failed');
    await returnJob(ctx, job, error instanceof Error ? error.message : String(error)).catch((cause: unknown) =>
      ctx.log.error({ err: cause }, 'a failed job could not be given back; its lease will run out'),
    );
  }
}
