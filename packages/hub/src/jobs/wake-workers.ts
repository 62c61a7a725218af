import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/**
 * Tells the workers of this process in which of these queues a job has become due. Time tells nobody that it has
 * passed: somebody must look, and one look every half second serves all workers. Each looking for itself was a quarter
 * of the queries of an idle hub.
 */
export async function wakeWorkers(
  ctx: Pick<HubContext, 'db' | 'clock' | 'changes'>,
  queues: readonly string[],
): Promise<void> {
  const due = await sql<{ queue: string }>`
    select queue from unnest(${queues}::text[]) as queue where exists (
      select 1 from job where job.state = 'ready' and job.assignee = queue and job.run_at <= ${ctx.clock()}
    )`.execute(ctx.db);
  for (const { queue } of due.rows) ctx.changes.emit({ topic: 'job', subject: queue || 'hub' });
}
