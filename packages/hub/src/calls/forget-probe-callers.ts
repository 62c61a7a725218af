import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/** Figures of usage reach back 90 days, and leave out what the hub itself called. */
const keptMs = 92 * 24 * 3600_000;

/** Drops the keys of probes so old that no figure has their calls any more. */
export async function forgetProbeCallers(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<number> {
  const dropped = await sql`
    delete from probe_caller where created_at < ${ctx.clock() - keptMs}`.execute(ctx.db);
  return Number(dropped.numAffectedRows ?? 0n);
}
