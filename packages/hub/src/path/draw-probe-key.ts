import { addressOf, dayOf, deriveProbeKey, largestProbeCount, type PrivateKey, toHex } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

/**
 * The next key of this day for a call of the hub's own. It comes of a secret of the day that is drawn with the first and shown when the day is
 * settled. Noted before it is used: its call must never count as somebody's usage.
 */
export async function drawProbeKey(ctx: Pick<HubContext, 'db' | 'clock' | 'random'>): Promise<PrivateKey> {
  const now = ctx.clock();
  const day = dayOf(now);
  const { rows } = await sql<{ secret: string; used: number }>`
    insert into probe_day (day, secret, used) values (${day}, ${toHex(ctx.random(32))}, 1)
    on conflict (day) do update set used = probe_day.used + 1 returning secret, used`.execute(ctx.db);
  const [drawn] = rows;
  if (!drawn) throw new Error('The day of the probes was not kept.');
  // Beyond so many a key calls again, as callers do.
  const key = deriveProbeKey(drawn.secret, day, (drawn.used - 1) % largestProbeCount);
  if (!key) return drawProbeKey(ctx);
  await ctx.db
    .insertInto('probe_caller')
    .values({ address: addressOf(key), created_at: now })
    .onConflict((conflict) => conflict.column('address').doNothing())
    .execute();
  return key;
}
