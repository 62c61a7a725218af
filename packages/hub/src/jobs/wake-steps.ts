import type { Digest } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { recordChange } from '../changes/record-change.ts';
import type { HubContext } from '../context.ts';
import type { JobStep, Schema } from '../db/schema.ts';

/**
 * Brings forward steps of the hub's own that these releases have had before: in the given order, `spacingMs` apart, so
 * that a great many of them leave room for what is new. A step that is running runs once more.
 */
export async function wakeSteps(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  releases: readonly Digest[],
  steps: readonly JobStep[],
  spacingMs = 0,
): Promise<void> {
  if (releases.length === 0) return;
  // One more millisecond: a running step sees that its time was changed. In one order, as everybody locks jobs.
  await sql`
    with due as (
      select job.id, ${ctx.clock() + 1}::bigint + ${spacingMs}::bigint * (given.place - 1) as run_at
      from unnest(${releases}::text[]) with ordinality as given (release, place)
      join job on job.release = given.release and job.assignee = '' and job.step = any(${steps}::text[])
      order by job.id for update of job
    )
    update job set
      state = case when job.state = 'leased' then 'leased' else 'ready' end,
      run_at = case when job.state = 'ready' then least(job.run_at, due.run_at) else due.run_at end,
      turn = case when job.state in ('ready', 'leased') then job.turn end
    from due where job.id = due.id`.execute(tx);
  await recordChange(tx, { topic: 'job', subject: 'hub' });
}
