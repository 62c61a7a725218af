import { windowDays } from '@callable/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';

/** From so many calls of independent callers on, the share of answers is worth a place: one call that went well is none. */
const leastCalls = 10;

/** Adds up the last days of these subjects (a query of kind and subject), as rankings order them, and the three windows before. */
export async function writeWindows(
  tx: Transaction<Schema>,
  today: number,
  subjects: RawBuilder<unknown>,
): Promise<void> {
  const from = today - windowDays;
  await sql`
    insert into usage_window (kind, subject, until, weight, before, claimed, evidenced, unanswered, relied, calls, success)
    select kind, subject, ${today}::integer, weight, before, claimed, evidenced, unanswered, relied, calls,
      case when calls >= ${leastCalls} then floor(1000.0 * claimed / (claimed + unanswered))::integer end
    from (select of.kind, of.subject,
      coalesce(sum(weight) filter (where day > ${from}), 0)::bigint as weight,
      div(coalesce(sum(weight) filter (where day <= ${from}), 0), 3)::bigint as before,
      coalesce(sum(claimed) filter (where day > ${from}), 0)::bigint as claimed,
      coalesce(sum(evidenced) filter (where day > ${from}), 0)::bigint as evidenced,
      coalesce(sum(unanswered) filter (where day > ${from}), 0)::bigint as unanswered,
      coalesce(sum(relied) filter (where day > ${from}), 0)::bigint as relied,
      coalesce(sum(calls) filter (where day > ${from}), 0)::bigint as calls
      from (${subjects}) as of (kind, subject)
      left join usage_figure as figure on figure.kind = of.kind and figure.subject = of.subject
        and day > ${today - 4 * windowDays} and day <= ${today}
      group by of.kind, of.subject) as summed
    on conflict (kind, subject) do update set until = excluded.until, weight = excluded.weight, before = excluded.before,
      claimed = excluded.claimed, evidenced = excluded.evidenced, unanswered = excluded.unanswered,
      relied = excluded.relied, calls = excluded.calls, success = excluded.success`.execute(tx);
}
