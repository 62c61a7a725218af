import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { oldestReportMs } from './intake/take-segment.ts';

/**
 * Drops the keys of probes so old that no report about them would be taken any more. Twice that age, so that neither
 * rounding nor a clock set right lets one through.
 */
export async function forgetProbeCallers(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<number> {
  const dropped = await sql`
    delete from probe_caller where created_at < ${ctx.clock() - 2 * oldestReportMs}`.execute(ctx.db);
  return Number(dropped.numAffectedRows ?? 0n);
}
