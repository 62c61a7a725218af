import {
  type ActivationView,
  type FunnelStage,
  funnelStages,
  ownMember,
  type Spread,
  spreadOverMs,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { isRelied } from '../usage/figures/is-relied.ts';

const timed = ['stored', 'verified', 'reachable', 'worked', 'independent'] as const;
const percents = [10, 25, 50, 75, 90, 99] as const;

/** How far all releases are and how long it took them; one query, of one snapshot. */
export async function readActivation({ db, clock }: Pick<HubContext, 'db' | 'clock'>): Promise<ActivationView> {
  const now = clock();
  const counted = funnelStages.map((stage) => {
    const isThere = stage === 'published' ? sql`` : sql` and ${standsAt(stage, now)}`;
    return sql`count(*) filter (where listed${isThere}) as ${sql.ref(stage)}`;
  });
  const spreads = timed.map((stage) => {
    const ms = sql.ref(`${stage}_ms`);
    const ranks = percents.map((percent) => percent / 100);
    return sql`percentile_disc(${ranks}::float8[]) within group (order by ${ms})
      filter (where listed and uploaded_at > ${now - spreadOverMs} and ${ms} is not null) as ${sql.ref(`${stage}_ranks`)},
      count(*) filter (where listed and uploaded_at > ${now - spreadOverMs} and ${ms} is not null)
        as ${sql.ref(`${stage}_of`)}`;
  });
  const { rows } = await sql<Record<string, number | (number | string)[] | null>>`
    select (select coalesce(max(seq) + 1, 0) from statement) as size,
      ${sql.join(counted)}, ${sql.join(spreads)} from release_stage`.execute(db);
  const row = rows[0] ?? {};
  const counts = Object.fromEntries(funnelStages.map((stage) => [stage, Number(row[stage])])) as Record<
    FunnelStage,
    number
  >;
  const took = Object.fromEntries(timed.map((stage) => [stage, spreadOf(row, stage)]));
  return {
    asOf: { size: Number(row.size), at: now },
    funnel: funnelStages.map((stage) => ({
      stage,
      count: counts[stage],
      list: `/v1/releases?stage=${stage}`,
      stopped: `/v1/releases?stopped=${stage}`,
    })),
    took: took as ActivationView['took'],
    idle: { callable: counts.reachable, idle: counts.reachable - counts.worked },
  };
}

const standsAt = (stage: Exclude<FunnelStage, 'published'>, now: number) =>
  stage === 'relied' ? sql`worked_until > ${now} and ${isRelied}` : sql`${sql.ref(`${stage}_until`)} > ${now}`;

function spreadOf(row: Record<string, unknown>, stage: string): Spread {
  const ranks = (ownMember(row, `${stage}_ranks`) as (number | string)[] | null) ?? [];
  const [p10 = null, p25 = null, p50 = null, p75 = null, p90 = null, p99 = null] = ranks.map(Number);
  return { of: Number(ownMember(row, `${stage}_of`)), p10, p25, p50, p75, p90, p99 };
}
