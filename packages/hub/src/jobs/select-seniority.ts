import { type RawBuilder, sql } from 'kysely';

const dayMs = 24 * 3600_000;
const monthMs = 30 * dayMs;
/** Of a key's releases its oldest are looked at: a key that floods does not make each look dear. */
const looksAt = 100;

/**
 * How long a key has been of use here, from 0 to 3: 3 when a release of it works and its first is a month old, 2 when it
 * is a day old, 1 when one works or its first is a day old. A key costs nothing; a release that works costs its check,
 * and a day cannot be hurried.
 */
export const selectSeniority = (now: number, publisher: RawBuilder<unknown>) => sql<{ seniority: number }>`
  select case
    when works and first_at <= ${now - monthMs}::bigint then 3
    when works and first_at <= ${now - dayMs}::bigint then 2
    when works or first_at <= ${now - dayMs}::bigint then 1
    else 0 end as seniority
  from (
    select min(early.published_at) as first_at, coalesce(bool_or(state.callable_until > 0), false) as works
    from (select digest, published_at from release where publisher = ${publisher} order by published_at limit ${sql.lit(looksAt)})
      as early
    left join release_state as state on state.digest = early.digest
  ) as found`;
