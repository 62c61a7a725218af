import { sql } from 'kysely';
import { restartAudits } from './audits/keep-audits.ts';
import type { HubContext } from './context.ts';

/** What a worker has at least to say that it is still at it, milliseconds. */
const graceMs = 15_000;

/**
 * After an outage: nobody could be heard, so nobody was silent. Time in which a call was to be shown begins anew: a node
 * would else be said not to have shown it. Leases that ran out meanwhile hold a little longer.
 */
export async function giveBackTime(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<void> {
  await restartAudits(ctx);
  const until = ctx.clock() + graceMs;
  await sql`update job set lease_until = ${until} where state = 'leased' and lease_until < ${until}`.execute(ctx.db);
}
