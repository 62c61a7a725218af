import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/** How long it is told that something broke and recovered. What happens once to a release stays. */
const keptMs = 90 * 24 * 3600_000;

/**
 * A release that breaks and recovers every hour leaves no more than its last 90 days. The newest event of a release stays:
 * the time of no feed goes back.
 */
export async function forgetEvents({ db, clock }: Pick<HubContext, 'db' | 'clock'>): Promise<void> {
  await sql`
    delete from event where kind in ('release.broke', 'release.recovered') and recorded_at < ${clock() - keptMs}
      and exists (
        select 1 from event as later
        where later.release = event.release and later.seq > event.seq and later.kind <> 'release.reached'
      )`.execute(db);
}
