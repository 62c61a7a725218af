import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/** Whoever waits so long is done beside the others. */
const longestWaitMs = 3600_000;
/** Calls are reported once a second while there are any. */
const quietMs = 10_000;

/**
 * Whether work that nobody waits for may begin: no release is on its way to its first call and no calls come, or such work has
 * waited for an hour. Blob IDs cost 2.5 s of CPU for a file of 100 bytes; 206 of them took turns with checks that take a tenth of it.
 */
export async function isWayFree(ctx: Pick<HubContext, 'db' | 'clock' | 'calls'>, queue: string): Promise<boolean> {
  const now = ctx.clock();
  const isQuiet = ctx.calls.isQuiet(quietMs);
  const found = await sql<{ free: boolean }>`
    select exists (
      select 1 from job where assignee = ${queue} and state = 'ready' and run_at <= ${now - longestWaitMs}
    ) or (${isQuiet} and not exists (
      select 1 from job where recheck is not true and step in ('store', 'draw', 'validate', 'recompute', 'probe', 'warm')
        and (state = 'leased' or (state = 'ready' and assignee = '' and run_at <= ${now}))
    )) as free`.execute(ctx.db);
  return found.rows[0]?.free ?? false;
}
