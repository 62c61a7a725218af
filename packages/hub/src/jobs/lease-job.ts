import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobTable } from '../db/schema.ts';

export type LeasedJob = Selectable<JobTable> & { token: string };

/**
 * Takes the oldest due job of an assignee, or null. Two workers never get the same one, and the token tells a
 * worker whose lease has passed to another from the one who holds it now.
 */
export async function leaseJob(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  assignee: string,
  leaseMs: number,
): Promise<LeasedJob | null> {
  const now = ctx.clock();
  const leased = await sql<LeasedJob>`
    update job set state = 'leased', token = ${randomUUID()}, lease_until = ${now + leaseMs}, attempts = attempts + 1
    where id = (
      select id from job where state = 'ready' and assignee = ${assignee} and run_at <= ${now}
      order by run_at limit 1 for update skip locked
    ) returning *`.execute(ctx.db);
  return leased.rows[0] ?? null;
}

/** Holds a lease longer; false when it has been lost. */
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
