import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import type { LeasedJob } from './leased-job.ts';

/** Of the jobs taken while both wait, and of a node's time in any case, this much may be rechecks. */
export const recheckShare = 0.25;
/** What a step is taken to cost before any was done, milliseconds. */
const unknownMs = 1000;
/** How many runs an average is of. */
export const averageOf = 50;

/**
 * Leases the job whose turn it is; call with the lane locked. The turn belongs to a party: which of its keys it goes
 * to, and which job of that key, is decided only now, and the others keep the turns that are left. So a key that shares
 * a network with a flood waits for one job of it, not for all.
 */
export async function takeNext(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  assignee: string,
  { token, leaseMs }: { token: string; leaseMs: number },
): Promise<LeasedJob | null> {
  const now = ctx.clock();
  const due = sql`job.assignee = ${assignee} and job.state = 'ready' and job.turn is not null and job.run_at <= ${now}`;
  const isNode = assignee !== '' && assignee.startsWith('0x');
  const taken = await sql<LeasedJob>`
    with lane as (select * from job_lane where assignee = ${assignee}
    ), first as (
      select * from job where ${due} and not recheck
      order by turn, seniority desc, calls desc, run_at, id limit 1 for update skip locked
    ), again as (
      select * from job where ${due} and recheck and (${!isNode} or ${now} >= (select recheck_at from lane))
      order by turn, seniority desc, calls desc, run_at, id limit 1 for update skip locked
    ), slot as (
      select * from (select * from first union all select * from again) as heads
      order by recheck = ((select firsts from lane) >= ${1 / recheckShare - 1}) desc limit 1
    ), key as (
      select job.* from slot cross join lateral (
        select * from job where ${due} and recheck = slot.recheck and party = slot.party
        order by key_turn, calls desc, run_at, id limit 1 for update skip locked
      ) as job
    ), best as (
      select job.* from key cross join lateral (
        select * from job where ${due} and recheck = key.recheck and party = key.party and publisher = key.publisher
        order by calls desc, run_at, id limit 1 for update skip locked
      ) as job
    ), party as (
      update job_turn set reached = greatest(reached, key.key_turn) from key
      where job_turn.assignee = ${assignee} and job_turn.recheck = key.recheck and job_turn.party = key.party
        and job_turn.publisher = ''
    ), moved as (
      update job_lane set
        first_turn = case when slot.recheck then first_turn else greatest(first_turn, slot.turn) end,
        recheck_turn = case when slot.recheck then greatest(recheck_turn, slot.turn) else recheck_turn end,
        firsts = case when slot.recheck then 0 else least(firsts + 1, 1000) end,
        recheck_at = case when slot.recheck then ${now} + (${averageMs(sql`best.step`)} / ${recheckShare}::float8)::bigint
          else recheck_at end
      from slot, best where job_lane.assignee = ${assignee}
    )
    update job set
      turn = case when job.id = best.id then slot.turn when job.id = slot.id then best.turn else job.turn end,
      key_turn = case when job.id = best.id then key.key_turn when job.id = key.id then best.key_turn
        else job.key_turn end,
      state = case when job.id = best.id then 'leased' else job.state end,
      token = case when job.id = best.id then ${token} else job.token end,
      lease_until = case when job.id = best.id then ${now + leaseMs}::bigint else job.lease_until end,
      leased_at = case when job.id = best.id then ${now}::bigint else job.leased_at end,
      worked_ms = case when job.id = best.id then null else job.worked_ms end,
      attempts = job.attempts + case when job.id = best.id then 1 else 0 end
    from slot, key, best where job.id in (slot.id, key.id, best.id)
    returning job.*`.execute(tx);
  return taken.rows.find((job) => job.token === token) ?? null;
}

/** What a run of this step took on average of the last ones. */
const averageMs = (step: ReturnType<typeof sql>) => sql<number>`coalesce((
  select avg(last_ms) from (
    select last_ms from job as done where done.step = ${step} and settled_at is not null
    order by settled_at desc limit ${averageOf}
  ) as lately
), ${unknownMs})`;
