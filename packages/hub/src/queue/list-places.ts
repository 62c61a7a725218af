import type { Address, Digest, QueuePlace } from '@callable/protocol';
import { type Selectable, sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobStep, JobTable } from '../db/schema.ts';
import { recheckShare } from '../jobs/take-next.ts';
import { workersPerHub } from '../jobs/workers.ts';
import { type Average, selectAverages } from './average-durations.ts';

/** Jobs whose turn comes before that of another, by step. */
type Ahead = { step: string; count: number; recheck: boolean };
type Averages = ReadonlyMap<string, Average>;
type Job = Selectable<JobTable> & { ahead: Ahead[] | null; averages: (Average & { step: string })[] | null };

/**
 * Where the jobs of a release stand that are due, run or pause. What is due later, as the next recheck, is not waited
 * for. In the order in which a release goes its path. Reads only, by one query: a page may ask a thousand times a minute.
 */
export async function listPlaces(ctx: Pick<HubContext, 'db' | 'clock'>, release: Digest): Promise<QueuePlace[]> {
  const now = ctx.clock();
  const jobs = await listJobs(ctx, release, now);
  const averages = averagesOf(jobs);
  return jobs.flatMap((job) => {
    if (job.state === 'ready' && job.run_at <= now) return [viewWaiting(job, averages)];
    return job.state !== 'ready' || job.attempts > 0 ? [viewOther(job, averages)] : [];
  });
}

/** What a release waits for on its path; audits and blob IDs are none of it. */
const order: JobStep[] = ['store', 'keep', 'draw', 'validate', 'warm', 'probe'];

/** Each job with what is ahead of it, and the averages once for all of them. */
async function listJobs(ctx: Pick<HubContext, 'db'>, release: Digest, now: number): Promise<Job[]> {
  const { rows } = await sql<Job>`
    with own as (
      select * from job where release = ${release} and state <> 'done' and step = any(${order}::text[])
    )
    select own.*,
      (select json_agg(average) from (${selectAverages}) as average) as averages,
      (select json_agg(ahead) from (
        select job.recheck, job.step, count(*)::integer as count from job
        where own.turn is not null and own.state = 'ready' and own.run_at <= ${now}
          and job.assignee = own.assignee and job.state = 'ready' and job.turn is not null and job.run_at <= ${now}
          and (job.recheck <> own.recheck
            or (job.turn, -job.seniority, -job.calls, job.run_at, job.id)
              < (own.turn, -own.seniority, -coalesce(own.calls, 0), own.run_at, own.id))
        group by job.recheck, job.step
      ) as ahead) as ahead
    from own order by own.assignee`.execute(ctx.db);
  return rows.sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step));
}

const averagesOf = (jobs: readonly Job[]): Averages =>
  new Map((jobs[0]?.averages ?? []).map(({ step, ms, of }) => [step, { ms, of }]));

const isNode = (job: Job) => job.assignee.startsWith('0x');

const headOf = (job: Job) => ({
  step: job.step,
  node: isNode(job) ? (job.assignee as Address) : null,
  recheck: job.recheck === true,
});

function viewWaiting(job: Job, averages: Averages): QueuePlace {
  // A lease or a look gives it its turn within moments.
  if (job.turn === null)
    return { ...headOf(job), state: 'waiting', ahead: null, expectedMs: null, basis: 'it has no turn yet', time: null };
  const ahead = countAhead(job);
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

function viewOther(job: Job, averages: Averages): QueuePlace {
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
function countAhead(job: Job): Ahead[] {
  const rows = job.ahead ?? [];
  const alike = rows.filter((row) => row.recheck === job.recheck);
  const others = rows.filter((row) => row.recheck !== job.recheck);
  const sum = (of: readonly Ahead[]) => of.reduce((total, { count }) => total + count, 0);
  const perTurn = job.recheck ? 1 / recheckShare - 1 : recheckShare / (1 - recheckShare);
  const between = Math.ceil((sum(alike) + (job.recheck ? 1 : 0)) * perTurn);
  const share = Math.min(1, between / Math.max(1, sum(others)));
  return [...alike, ...others.map((row) => ({ ...row, count: Math.round(row.count * share) }))];
}
