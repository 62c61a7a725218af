import { type ReleaseState, unknownNetwork } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';

const dayMs = 24 * 3600_000;
/** Without a number in the policy. */
const usualPerDay = 20;

/** Networks whose words have cost the seeds as many recomputations today as the policy grants: they sit in no round. */
export async function listSpentNetworks(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>): Promise<Set<string>> {
  const most = ctx.rules.policy.recomputations?.perNetworkPerDay ?? usualPerDay;
  const rows = await ctx.db
    .selectFrom('recomputation_cost')
    .select('network')
    .where('day', '=', Math.floor(ctx.clock() / dayMs))
    .where('count', '>=', most)
    .execute();
  return new Set(rows.map(({ network }) => network));
}

/** Charges a recomputation to the networks of those whose words it did not bear out. */
export async function chargeRecomputation(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  { panel }: ReleaseState,
): Promise<void> {
  const marks = Object.entries(panel?.round?.marks ?? {});
  const nodes = marks.filter(([, { mark }]) => mark !== 'confirmed').map(([node]) => node);
  if (nodes.length === 0) return;
  const today = Math.floor(ctx.clock() / dayMs);
  await sql`
    insert into recomputation_cost (network, day, count)
    select distinct coalesce(network, ${unknownNetwork}), ${today}::integer, 1 from node where address = any(${nodes}::text[])
    on conflict (network, day) do update set count = recomputation_cost.count + 1`.execute(tx);
  await tx.deleteFrom('recomputation_cost').where('day', '<', today).execute();
}
