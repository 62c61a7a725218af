import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/** Forgets the turns of parties that have been passed: who comes again begins where the queue is. */
export async function forgetTurns(ctx: Pick<HubContext, 'db'>): Promise<number> {
  const passed = await sql`
    delete from job_turn using job_turn as party, job_lane as lane
    where party.publisher = '' and lane.assignee = party.assignee
      and party.next <= case when party.recheck then lane.recheck_turn else lane.first_turn end
      and job_turn.assignee = party.assignee and job_turn.recheck = party.recheck and job_turn.party = party.party`.execute(
    ctx.db,
  );
  return Number(passed.numAffectedRows ?? 0n);
}
