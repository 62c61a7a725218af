import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

const minuteMs = 60_000;

/** Dials of a host and of a network in a minute, whoever's webhooks they are for; of endpoints that never answered right, few. */
const most = { proven: { host: 60, network: 240 }, unproven: { host: 6, network: 24 } };

/**
 * Whether an endpoint may be dialled now. Ten thousand webhooks of a thousand free keys to one address are dialled no more often
 * than one: counted by host, and by network, since names are free too.
 */
export async function takePace(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { host, network, isProven }: { host: string; network: string; isProven: boolean },
): Promise<boolean> {
  const bounds = most[isProven ? 'proven' : 'unproven'];
  const prefix = isProven ? '' : 'unproven ';
  const targets = [`${prefix}host ${host}`, `${prefix}network ${network}`];
  const { rows } = await sql<{ target: string; count: number }>`
    insert into webhook_pace (target, minute, count)
    select target, ${Math.floor(ctx.clock() / minuteMs)}, 1 from unnest(${targets}::text[]) as target order by target
    on conflict (target, minute) do update set count = webhook_pace.count + 1
    returning target, count`.execute(ctx.db);
  return rows.every(
    ({ target, count }) => count <= (target.startsWith(`${prefix}host`) ? bounds.host : bounds.network),
  );
}

export async function forgetPaces({ db, clock }: Pick<HubContext, 'db' | 'clock'>): Promise<void> {
  await db
    .deleteFrom('webhook_pace')
    .where('minute', '<', Math.floor(clock() / minuteMs) - 1)
    .execute();
}
