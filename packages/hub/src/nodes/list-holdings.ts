import { CallableError, type Digest, type HoldingList, parseAddress } from '@callable/protocol';
import type { HubContext } from '../context.ts';

export const holdingsPerAnswer = 1_000;

/** What a node holds, by what it said last and this hub had room for; `after` is the last digest seen. */
export async function listHoldings(
  { db }: Pick<HubContext, 'db'>,
  name: string,
  { after = '' }: { after?: string },
): Promise<HoldingList> {
  const node = parseAddress(name);
  const known = node && (await db.selectFrom('node').select('address').where('address', '=', node).executeTakeFirst());
  if (!known) throw new CallableError('NodeNotFound', `The node ${name} has not joined.`);
  const rows = await db
    .selectFrom('node_holding')
    .select(['release', 'state', 'reason'])
    .where('node', '=', node)
    .where('release', '>', after as Digest)
    .orderBy('release')
    .limit(holdingsPerAnswer + 1)
    .execute();
  const shown = rows.slice(0, holdingsPerAnswer);
  return {
    holdings: shown.map(({ release, state, reason }) => ({ release, state, ...(reason === null ? {} : { reason }) })),
    next: rows.length > shown.length ? (shown.at(-1)?.release ?? null) : null,
  };
}
