import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/** After so many attempts a job is given up; whoever needs it enqueues it anew. */
export const maxAttempts = 8;
const firstPauseMs = 1000;
const longestPauseMs = 10 * 60_000;

/** Gives a leased job back after an accident; it is tried again later, each time after a longer pause. */
export async function returnJob(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  job: { id: string; token: string; attempts: number },
  error: string,
): Promise<void> {
  await ctx.db
    .updateTable('job')
    .set({
      state: job.attempts >= maxAttempts ? 'dead' : 'ready',
      run_at: ctx.clock() + pauseAfter(job.attempts),
      lease_until: null,
      last_error: error.slice(0, 1000),
    })
    .where('id', '=', job.id)
    .where('token', '=', job.token)
    .where('state', '=', 'leased')
    .execute();
}

/** Gives back every job whose worker went silent. */
export async function sweepLeases(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<number> {
  const now = ctx.clock();
  const swept = await sql`
    update job set state = case when attempts >= ${maxAttempts} then 'dead' else 'ready' end,
      run_at = ${now} + least(${longestPauseMs}::bigint, ${firstPauseMs}::bigint << least(attempts, 20)),
      lease_until = null, last_error = 'the worker went silent'
    where state = 'leased' and lease_until < ${now}`.execute(ctx.db);
  return Number(swept.numAffectedRows ?? 0n);
}

const pauseAfter = (attempts: number) => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts, 20));
