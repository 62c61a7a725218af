import { unknownNetwork } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { selectSeniority } from './select-seniority.ts';

/** After this time a call weighs half as demand. */
export const demandHalfLifeMs = 24 * 3600_000;

/** One at a time places or takes the jobs of a queue; held until the transaction ends. */
export async function lockLane(tx: Transaction<Schema>, assignee: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`jobs of ${assignee}`}, 0))`.execute(tx);
}

/**
 * Gives the jobs of a queue that have become due their turns (start-time fair queueing). A party that has nothing
 * waiting comes in at the turn the queue has reached; each further job of it gets a turn of its own behind its last
 * one, so a thousand of them delay somebody else's first by one. A party is the keys of one seniority in one network,
 * and an unknown network is one. Among parties that share a turn the senior goes first: a hundred networks of new keys are
 * passed by once a turn, and no further. Within a party its keys take turns by the same rule, so new keys bring nobody
 * forward. Among one key's jobs, and among equals, demand decides, then age. A recheck is what is done for a release that answered a probe before: one unlucky probe parks nobody;
 * warming is waited for, and audits have deadlines. Call with the lane locked.
 */
export async function placeJobs(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  assignee: string,
): Promise<void> {
  const now = ctx.clock();
  // Looked up first: how few they usually are decides how the rest is best done.
  const due = await sql<{ id: string }>`
    select id from job where assignee = ${assignee} and state = 'ready' and turn is null and run_at <= ${now}
    for update skip locked`.execute(tx);
  if (due.rows.length === 0) return;
  const ids = due.rows.map(({ id }) => id);
  await sql`insert into job_lane (assignee) values (${assignee}) on conflict do nothing`.execute(tx);
  await sql`
    with fresh as (
      select job.id, job.run_at, ${demand(now)} as calls,
        coalesce(release.network, webhook.network, ${unknownNetwork}) as network,
        coalesce(release.publisher, webhook.owner, job.release) as publisher,
        job.step not in ('warm', 'disclose', 'audit') and exists (
          select 1 from job as probe
          where probe.release = job.release and probe.step = 'probe' and probe.assignee = ''
            and probe.answered
        ) as recheck
      from job left join release on release.digest = job.release
      left join webhook on webhook.id = job.release
      where job.id = any(${ids}::text[])
    ), keys as materialized (
      select key.publisher, known.seniority from (select distinct publisher from fresh) as key
      cross join lateral (${selectSeniority(now, sql`key.publisher`)}) as known
    ), ranked as (
      select fresh.*, keys.seniority,
        case keys.seniority when 0 then network else network || ' ' || keys.seniority end as party
      from fresh join keys using (publisher)
    ), by_key as (
      select *, row_number() over (partition by recheck, party, publisher order by calls desc, run_at, id) as nth_of_key
      from ranked
    ), by_party as (
      select *, row_number() over (partition by recheck, party order by nth_of_key, calls desc, run_at, id) as nth
      from by_key
    ), placed as (
      select by_party.*,
        greatest(party_turn.next, case when by_party.recheck then lane.recheck_turn else lane.first_turn end)
          + nth - 1 as turn,
        greatest(key_turn.next, party_turn.reached, 0) + nth_of_key - 1 as key_turn
      from by_party
      join job_lane as lane on lane.assignee = ${assignee}
      left join job_turn as party_turn on party_turn.assignee = ${assignee}
        and party_turn.recheck = by_party.recheck and party_turn.party = by_party.party and party_turn.publisher = ''
      left join job_turn as key_turn on key_turn.assignee = ${assignee}
        and key_turn.recheck = by_party.recheck and key_turn.party = by_party.party
        and key_turn.publisher = by_party.publisher
    ), remembered as (
      insert into job_turn (assignee, recheck, party, publisher, next)
      select ${assignee}, recheck, party, '', max(turn) + 1 from placed group by recheck, party
      union all
      select ${assignee}, recheck, party, publisher, max(key_turn) + 1 from placed group by recheck, party, publisher
      on conflict (assignee, recheck, party, publisher) do update set next = excluded.next
    )
    update job set turn = placed.turn, key_turn = placed.key_turn, recheck = placed.recheck, calls = placed.calls,
      seniority = placed.seniority, party = placed.party, publisher = placed.publisher
    from placed where job.id = placed.id and job.id = any(${ids}::text[])`.execute(tx);
}

/** Calls of the model lately. They only order what shares a turn: whoever calls itself gains nothing over others. */
const demand = (now: number) => sql<number>`coalesce((
  select sum(demand.calls * power(0.5, greatest(0, ${now}::bigint - demand.counted_at) / ${demandHalfLifeMs}::float8))
  from release as sibling join demand on demand.release = sibling.digest
  where sibling.publisher = release.publisher and sibling.name = release.name
), 0)`;
