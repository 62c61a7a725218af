import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { LeasedJob } from './leased-job.ts';
import { lockLane, placeJobs } from './place-jobs.ts';
import { takeNext } from './take-next.ts';

/**
 * Takes the job of an assignee whose turn it is, or null: first checks before rechecks, one party after the other, by
 * demand, then age. Two workers never get the same one, and the token tells a worker whose lease has passed to another
 * from the one who holds it now.
 */
export async function leaseJob(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  assignee: string,
  leaseMs: number,
): Promise<LeasedJob | null> {
  if (!(await isAnythingDue(ctx, assignee))) return null;
  return ctx.db.transaction().execute(async (tx) => {
    await lockLane(tx, assignee);
    await placeJobs(ctx, tx, assignee);
    return takeNext(ctx, tx, assignee, { token: randomUUID(), leaseMs });
  });
}

/** Most who ask find nothing: they wait for nobody. */
async function isAnythingDue(ctx: Pick<HubContext, 'db' | 'clock'>, assignee: string): Promise<boolean> {
  const due = await sql`
    select 1 from job where state = 'ready' and assignee = ${assignee} and run_at <= ${ctx.clock()} limit 1`.execute(
    ctx.db,
  );
  return due.rows.length > 0;
}

/** Holds a lease longer; null when it has been lost. */
export async function extendLease(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  job: { id: string; assignee: string; token: string },
  leaseMs: number,
): Promise<LeasedJob | null> {
  const row = await ctx.db
    .updateTable('job')
    .set({ lease_until: ctx.clock() + leaseMs })
    .where('id', '=', job.id)
    .where('assignee', '=', job.assignee)
    .where('token', '=', job.token)
    .where('state', '=', 'leased')
    .returningAll()
    .executeTakeFirst();
  return (row as LeasedJob | undefined) ?? null;
}
