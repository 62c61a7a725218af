import type { Address, QueueStep, QueueView } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { recheckShare } from '../jobs/take-next.ts';
import { listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { averageDurations } from './average-durations.ts';

const publishersShown = 50;

/** The queue as anybody may see it: what waits, runs and pauses, by step, and whose it is. */
export async function viewQueue(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<QueueView> {
  const now = ctx.clock();
  const shares = await listShares(ctx, now);
  return {
    at: new Date(now).toISOString(),
    steps: await listSteps(ctx, now),
    publishers: shares.slice(0, publishersShown),
    publisherCount: shares.length,
    nodes: (await listConnectedNodes(ctx)).length,
    recheckShare,
  };
}

async function listSteps(ctx: Pick<HubContext, 'db'>, now: number): Promise<QueueStep[]> {
  const averages = await averageDurations(ctx);
  const rows = await sql<Omit<QueueStep, 'average'>>`
    select step,
      (count(*) filter (where state = 'ready' and run_at <= ${now}))::integer as waiting,
      (count(*) filter (where state = 'ready' and run_at <= ${now} and recheck))::integer as rechecks,
      (count(*) filter (where state = 'leased'))::integer as running,
      ${now} - min(leased_at) filter (where state = 'leased') as "runningForMs",
      (count(*) filter (where state = 'ready' and run_at > ${now} and attempts > 0))::integer as pausing,
      (count(*) filter (where state = 'dead'))::integer as "givenUp",
      (count(*) filter (where state = 'ready' and run_at > ${now} and attempts = 0))::integer as scheduled
    from job group by step order by step`.execute(ctx.db);
  return rows.rows.map((row) => ({
    ...row,
    runningForMs: row.runningForMs === null ? null : Math.max(0, row.runningForMs),
    average: averages.get(row.step) ?? null,
  }));
}

async function listShares(
  ctx: Pick<HubContext, 'db'>,
  now: number,
): Promise<{ publisher: Address; waiting: number; running: number }[]> {
  const rows = await sql<{ publisher: Address; waiting: number; running: number }>`
    select release.publisher,
      (count(*) filter (where state = 'ready'))::integer as waiting,
      (count(*) filter (where state = 'leased'))::integer as running
    from job join release on release.digest = job.release
    where state = 'leased' or (state = 'ready' and run_at <= ${now})
    group by release.publisher order by count(*) desc, release.publisher`.execute(ctx.db);
  return rows.rows;
}
