import type { Address, Digest, QueuePlace } from '@callable/protocol';
import { type Selectable, sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobStep, JobTable } from '../db/schema.ts';
import { lockLane, placeJobs } from '../jobs/place-jobs.ts';
import { recheckShare } from '../jobs/take-next.ts';
import { workersPerHub } from '../jobs/workers.ts';
import { type Average, averageDurations } from './average-durations.ts';

type Job = Selectable<JobTable>;
/** Jobs whose turn comes before that of another, by step. */
type Ahead = { step: string; count: number };

/**
 * Where the jobs of a release stand that are due, run or pause. What is due later, as the next recheck, is not waited
 * for. In the order in which a release goes its path.
 */
export async function listPlaces(ctx: Pick<HubContext, 'db' | 'clock'>, release: Digest): Promise<QueuePlace[]> {
  const now = ctx.clock();
  const jobs = await listJobs(ctx, release);
  const due = jobs.filter((job) => job.state === 'ready' && job.run_at <= now);
  const unplaced = due.filter((job) => job.turn === null).map((job) => job.assignee);
  for (const assignee of new Set(unplaced))
    await ctx.db.transaction().execute(async (tx) => {
      await lockLane(tx, assignee);
      await placeJobs(ctx, tx, assignee);
    });
  const placed = unplaced.length === 0 ? jobs : await listJobs(ctx, release);
  const averages = placed.length === 0 ? new Map<string, Average>() : await averageDurations(ctx);
  const places: QueuePlace[] = [];
  for (const job of placed) {
    if (job.state === 'ready' && job.run_at <= now) places.push(await viewWaiting(ctx, job, averages));
    else if (job.state !== 'ready' || job.attempts > 0) places.push(viewOther(job, averages));
  }
  return places;
}

/** What a release waits for on its path; audits and blob IDs are none of it. */
const order: JobStep[] = ['store', 'keep', 'draw', 'validate', 'warm', 'probe'];

async function listJobs(ctx: Pick<HubContext, 'db'>, release: Digest): Promise<Job[]> {
  const jobs = await ctx.db
    .selectFrom('job')
    .selectAll()
    .where('release', '=', release)
    .where('state', '!=', 'done')
    .where('step', 'in', order)
    .orderBy('assignee')
    .execute();
  return jobs.sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step));
}

const isNode = (job: Job) => job.assignee.startsWith('0x');

const headOf = (job: Job) => ({
  step: job.step,
  node: isNode(job) ? (job.assignee as Address) : null,
  recheck: job.recheck === true,
});

async function viewWaiting(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  job: Job,
  averages: ReadonlyMap<string, Average>,
): Promise<QueuePlace> {
  const ahead = await countAhead(ctx, job);
  const total = ahead.reduce((sum, { count }) => sum + count, 0);
  const workers = isNode(job) || job.assignee !== '' ? 1 : workersPerHub;
  const own = averages.get(job.step);
  const who = isNode(job) ? 'one node' : `${workers} worker${workers === 1 ? '' : 's'} of the hub`;
  const isKnown = own !== undefined && ahead.every(({ step }) => averages.has(step));
  const aheadMs = ahead.reduce((sum, { step, count }) => sum + count * (averages.get(step)?.ms ?? 0), 0);
  const each = own ? `${seconds(own.ms)} each on average of ${own.of}` : 'none was done yet';
  return {
    ...headOf(job),
    state: 'waiting',
    ahead: total,
    expectedMs: isKnown ? Math.ceil(aheadMs / workers + own.ms) : null,
    basis: `${total} ahead, ${who}, ${each}`,
    time: null,
  };
}

function viewOther(job: Job, averages: ReadonlyMap<string, Average>): QueuePlace {
  const own = averages.get(job.step);
  const each = own ? `it takes ${seconds(own.ms)} on average of ${own.of}` : 'none was done yet';
  const at = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  const head = { ...headOf(job), ahead: null, expectedMs: null };
  if (job.state === 'leased') return { ...head, state: 'running', basis: each, time: at(job.leased_at) };
  const tries = `${job.attempts} attempt${job.attempts === 1 ? '' : 's'} failed`;
  if (job.state === 'dead') return { ...head, state: 'given up', basis: tries, time: null };
  return { ...head, state: 'pausing', basis: `${tries}, it is tried again`, time: at(job.run_at) };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;

/** First checks go before rechecks, but every fourth turn is a recheck's while some wait. */
async function countAhead(ctx: Pick<HubContext, 'db' | 'clock'>, job: Job): Promise<Ahead[]> {
  const due = sql`assignee = ${job.assignee} and state = 'ready' and turn is not null and run_at <= ${ctx.clock()}`;
  const place = sql`(${job.turn}::bigint, -${job.calls ?? 0}::float8, ${job.run_at}::bigint, ${job.id}::text)`;
  const rows = await sql<Ahead & { recheck: boolean }>`
    select recheck, step, count(*)::integer as count from job
    where ${due} and (recheck <> ${job.recheck} or (turn, -calls, run_at, id) < ${place})
    group by recheck, step`.execute(ctx.db);
  const alike = rows.rows.filter((row) => row.recheck === job.recheck);
  const others = rows.rows.filter((row) => row.recheck !== job.recheck);
  const sum = (of: readonly Ahead[]) => of.reduce((total, { count }) => total + count, 0);
  const perTurn = job.recheck ? 1 / recheckShare - 1 : recheckShare / (1 - recheckShare);
  const between = Math.ceil((sum(alike) + (job.recheck ? 1 : 0)) * perTurn);
  const share = Math.min(1, between / Math.max(1, sum(others)));
  return [...alike, ...others.map((row) => ({ ...row, count: Math.round(row.count * share) }))];
}
