import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobStep } from '../db/schema.ts';
import { averageOf } from '../jobs/take-next.ts';

const steps: readonly JobStep[] = [
  ...(['store', 'draw', 'validate', 'probe', 'warm', 'identify', 'keep'] as const),
  ...(['disclose', 'audit'] as const),
];

export type Average = { ms: number; of: number };

/** What a run of each step took on average of the last ones; steps that were never done are not in it. */
export const selectAverages = sql<Average & { step: string }>`
  select given.step, round(avg(last_ms))::integer as ms, count(*)::integer as of
  from unnest(${steps}::text[]) as given (step)
  cross join lateral (
    select last_ms from job where job.step = given.step and settled_at is not null
    order by settled_at desc limit ${averageOf}
  ) as lately
  group by given.step`;

export async function averageDurations(ctx: Pick<HubContext, 'db'>): Promise<Map<string, Average>> {
  const { rows } = await selectAverages.execute(ctx.db);
  return new Map(rows.map(({ step, ms, of }) => [step, { ms, of }]));
}
