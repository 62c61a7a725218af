import { unknownNetwork } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';

/** Wrong answers of so long ago count for the whole network, milliseconds. */
const rememberedMs = 90 * 24 * 3600_000;

/** How many wrong answers seeds found lately, by the network they came from. */
export async function countWrongAnswers(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<Map<string, number>> {
  const rows = await ctx.db
    .selectFrom('node_state')
    .innerJoin('node', 'node.address', 'node_state.node')
    .select([sql<string>`coalesce(node.network, ${unknownNetwork})`.as('network'), 'node_state.state'])
    .where('node_state.wrong', '>', 0)
    .execute();
  const wrong = new Map<string, number>();
  for (const { network, state } of rows) {
    const recent = readJson(state).wrong.filter(({ at }) => at > ctx.clock() - rememberedMs).length;
    wrong.set(network, (wrong.get(network) ?? 0) + recent);
  }
  return wrong;
}
