import { randomUUID } from 'node:crypto';
import type { Digest } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { recordChange } from '../changes/record-change.ts';
import type { HubContext } from '../context.ts';
import type { JobStep, Schema } from '../db/schema.ts';

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
 * A finished one is woken, a waiting one is brought forward, a running one is left alone: its outcome says when
 * it runs again.
 */
export async function enqueueJob(ctx: Pick<HubContext, 'clock'>, tx: Transaction<Schema>, job: NewJob): Promise<void> {
  const runAt = job.runAt ?? ctx.clock();
  const assignee = job.assignee ?? '';
  await tx
    .insertInto('job')
    .values({
      id: randomUUID(),
      release: job.release,
      step: job.step,
      assignee,
      state: 'ready',
      attempts: 0,
      run_at: runAt,
      lease_until: null,
      token: null,
      created_at: ctx.clock(),
      last_error: null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['release', 'step', 'assignee'])
        .doUpdateSet({ state: 'ready', run_at: runAt, attempts: 0, token: null, lease_until: null })
        .where(sql<boolean>`job.state in ('done', 'dead') or (job.state = 'ready' and job.run_at > ${runAt})`),
    )
    .execute();
  await recordChange(tx, { topic: 'job', subject: assignee === '' ? 'hub' : assignee });
}
