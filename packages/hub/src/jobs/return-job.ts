import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { firstPauseMs, longestPauseMs, maxAttempts, pauseAfter } from './pause-after.ts';

type HeldJob = { id: string; token: string; assignee: string; attempts: number };

/**
 * Gives a leased job back after an accident; it is tried again later, each time after a longer pause. A node's task
 * is given up in the end, the hub's own work never: nobody else would do it. `repeated` when this was said before,
 * null when the lease was lost.
 */
export async function returnJob(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  job: HeldJob,
  error: string,
  tx: Pick<Transaction<Schema>, 'selectFrom' | 'updateTable'> = ctx.db,
): Promise<'returned' | 'repeated' | null> {
  const returned = await tx
    .updateTable('job')
    .set({
      state: job.assignee !== '' && job.attempts >= maxAttempts ? 'dead' : 'ready',
      run_at: ctx.clock() + pauseAfter(job.attempts),
      lease_until: null,
      turn: null,
      last_error: error.slice(0, 1000).replaceAll('\u0000', ' '),
    })
    .where('id', '=', job.id)
    .where('token', '=', job.token)
    .where('state', '=', 'leased')
    .returning('id')
    .executeTakeFirst();
  if (returned) return 'returned';
  const held = await tx.selectFrom('job').select(['token', 'state']).where('id', '=', job.id).executeTakeFirst();
  return held?.token === job.token && held.state !== 'done' ? 'repeated' : null;
}

/**
 * Gives a job back that was not even begun, or that the end of this process cut short: it counts as no attempt and
 * keeps its place.
 */
export async function releaseLease(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  job: Omit<HeldJob, 'attempts'>,
): Promise<void> {
  await ctx.db
    .updateTable('job')
    .set({
      state: 'ready',
      run_at: ctx.clock(),
      attempts: sql<number>`greatest(attempts - 1, 0)`,
      lease_until: null,
      token: null,
    })
    .where('id', '=', job.id)
    .where('token', '=', job.token)
    .where('state', '=', 'leased')
    .execute();
}

/** Gives back every job whose worker went silent. What such a worker still hands in comes too late. */
export async function sweepLeases(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<number> {
  const now = ctx.clock();
  const swept = await sql`
    update job set
      state = case when attempts >= ${maxAttempts} and assignee <> '' then 'dead' else 'ready' end,
      run_at = ${now} + least(${longestPauseMs}::bigint, ${firstPauseMs}::bigint << least(attempts, 20)),
      lease_until = null, token = null, turn = null, last_error = ${silence}
    where id in (
      select id from job where state = 'leased' and lease_until < ${now} order by id for update skip locked
    )`.execute(ctx.db);
  return Number(swept.numAffectedRows ?? 0n);
}

const silence = 'It took the task and went silent.';
