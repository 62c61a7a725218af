import { dayMs, dayOf, ownMember, type RankingView, usageFormula, windowDays } from '@callable/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { readMerged } from './figures/read-figures.ts';
import { readMoment } from './figures/read-moment.ts';
import { kindCodes, networkSubject } from './figures/subject.ts';

type Asked = Pick<RankingView, 'kind' | 'by'> & { limit: number };

/** Who has anything at all to be in this order for, and by what. */
const orders: Record<Asked['by'], { who: RawBuilder<unknown>; order: RawBuilder<unknown> }> = {
  use: { who: sql`weight > 0`, order: sql`weight desc, subject` },
  rising: { who: sql`weight - before > 0`, order: sql`(weight - before) desc, subject` },
  success: { who: sql`success is not null`, order: sql`success desc, weight desc, subject` },
};

/** The first places by what independent callers did in the last seven days. */
export async function viewRanking(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { kind, by, limit }: Asked,
): Promise<RankingView> {
  const today = dayOf(ctx.clock());
  return ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const code = kindCodes[kind];
      const { who, order } = orders[by];
      const { rows } = await sql<Row>`
        select encode(subject, 'hex') as hex, ${nameOf(kind)} as name, weight, before, claimed, evidenced, unanswered, relied
        from usage_window where kind = ${code} and ${who} order by ${order} limit ${limit}`.execute(tx);
      const { all, used, until } = await countThem(tx, kind);
      const days = { from: (until ?? today) - windowDays + 1, until: until ?? today };
      const { excluded } = await readMerged(tx, networkSubject, days);
      return {
        ...{ kind, by, from: days.from * dayMs, until: days.until * dayMs, all, used, excluded, formula: usageFormula },
        ranked: rows.map(({ hex, unanswered, ...row }, index) => ({
          ...{ place: index + 1, id: `${kind === 'release' ? 'sha256:' : '0x'}${hex}`, ...row },
          success:
            row.claimed + unanswered === 0 ? null : Math.floor((1000 * row.claimed) / (row.claimed + unanswered)),
        })),
        asOf: await readMoment(tx, networkSubject, days),
      };
    });
}

type Row = {
  hex: string;
  name: string | null;
  weight: number;
  before: number;
  claimed: number;
  evidenced: number;
  unanswered: number;
  relied: number;
};

function nameOf(kind: Asked['kind']): RawBuilder<string | null> {
  if (kind === 'release')
    return sql`(select coalesce((select handle from handle where owner = publisher order by statement_seq limit 1), publisher)
      || '/' || name || '@' || version from release where digest = 'sha256:' || encode(subject, 'hex'))`;
  if (kind === 'publisher')
    return sql`(select handle from handle where owner = '0x' || encode(subject, 'hex') order by statement_seq limit 1)`;
  return sql`null::text`;
}

const whole: Record<Asked['kind'], RawBuilder<unknown>> = {
  release: sql`(select count(*) from release_stage where listed)`,
  publisher: sql`(select count(*) from (select distinct publisher from release) as publishers)`,
  node: sql`(select count(*) from node_state)`,
};

/** How many there are, how many of them somebody independent used, and the oldest window that is shown: after midnight they slide. */
async function countThem(tx: Transaction<Schema>, kind: Asked['kind']) {
  const { rows } = await sql<{ all: number; used: number; until: number | null }>`
    select ${ownMember(whole, kind)} as "all",
      (select count(*) from usage_window where kind = ${kindCodes[kind]} and weight > 0) as used,
      (select min(until) from usage_window where kind = ${kindCodes[kind]} and weight > 0) as until`.execute(tx);
  return { all: 0, used: 0, until: null, ...rows[0] };
}
