import { randomUUID } from 'node:crypto';
import type { Digest } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobStep, Schema } from '../db/schema.ts';
import { maxAttempts, restMs } from './pause-after.ts';

export type NewJob = {
  release: Digest;
  step: JobStep;
  /** The node that must do it; without one it is the hub's own work. */
  assignee?: string;
  /** Not before this time; now when left out. */
  runAt?: number;
};

/**
 * Makes sure a step of a release will be run: there is one job for each (release, step, assignee), for ever.
 *
 * A finished one is woken and a waiting one brought forward. One that pauses after an accident goes on pausing, and
 * one that was given up rests first and has a single attempt: however often somebody asks, a failing step is
 * repeated at a bounded rate. A running step of the hub itself runs once more when it ends, because it may have looked
 * before whatever is the reason to ask; a node's is left alone.
 */
export async function enqueueJob(ctx: Pick<HubContext, 'clock'>, tx: Transaction<Schema>, job: NewJob): Promise<void> {
  const now = ctx.clock();
  const runAt = job.runAt ?? now;
  const assignee = job.assignee ?? '';
  const change = { topic: 'job', subject: assignee === '' ? 'hub' : assignee };
  // The change goes with it in one round trip: some statements enqueue by the hundred.
  await sql`
    with enqueued as (
      insert into job (id, release, step, assignee, state, attempts, run_at, created_at)
      values (${randomUUID()}, ${job.release}, ${job.step}, ${assignee}, 'ready', 0, ${runAt}, ${now})
      on conflict (release, step, assignee) do update set
        state = case when job.state = 'leased' then 'leased' else 'ready' end,
        run_at = case when job.state = 'dead' then greatest(${runAt}, job.run_at + ${restMs}) else ${runAt} end,
        attempts = case when job.state = 'dead' then ${maxAttempts - 1} when job.state = 'done' then 0 else job.attempts end,
        token = case when job.state = 'leased' then job.token end,
        turn = case when job.state in ('done', 'dead') then null else job.turn end
      where job.state in ('done', 'dead')
        or (job.state = 'ready' and job.attempts = 0 and job.run_at > ${runAt})
        or (job.state = 'leased' and job.assignee = '' and job.run_at <> ${runAt})
    )
    insert into outbox (topic, subject) values (${change.topic}, ${change.subject})`.execute(tx);
}
