import type { HubContext } from '../context.ts';

/** A node that comes back later than this tells anew what it holds. */
const rememberedMs = 3600_000;
const atOnce = 100;

/** Makes room of what nodes held that have been away for long. */
export async function forgetHoldings({ db, clock }: Pick<HubContext, 'db' | 'clock'>): Promise<void> {
  const away = await db
    .selectFrom('node')
    .select('address')
    .where('holdings', '>', 0)
    .where((row) => row.or([row('last_seen_at', 'is', null), row('last_seen_at', '<', clock() - rememberedMs)]))
    .limit(atOnce)
    .execute();
  for (const { address } of away)
    await db.transaction().execute(async (tx) => {
      await tx
        .updateTable('node')
        .set({ holdings: 0, holdings_left: 0, holdings_told: 0, holdings_session: null })
        .where('address', '=', address)
        .execute();
      await tx.deleteFrom('node_holding').where('node', '=', address).execute();
    });
}
