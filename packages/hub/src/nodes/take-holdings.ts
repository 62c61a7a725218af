import { type Address, CallableError, type Digest, type HoldingsAnswer, type HoldingsReport } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { holdSession } from './hold-session.ts';
import { requireStanding } from './require-standing.ts';

type Row = { session: string | null; told: number; held: number; left: number };

/**
 * Takes a page of what a node holds. Pages follow each other within a session of the node; one that does not follow changes
 * nothing, and the answer says where the next has to begin. What finds no room is left out and said.
 */
export async function takeHoldings(
  ctx: Pick<HubContext, 'db' | 'clock' | 'config' | 'log'>,
  node: Address,
  { session, page }: HoldingsReport,
  network: string,
): Promise<HoldingsAnswer> {
  await requireStanding(ctx, node);
  await holdSession(ctx, node, session);
  return ctx.db.transaction().execute(async (tx) => {
    const before = await lockNode(tx, node);
    const told = before.session === session ? before.told : 0;
    if (page.after !== 0 && page.after !== told) return { told, trouble: troubleOf(ctx, before.left) };
    const isAnew = page.after === 0;
    if (isAnew && before.held > 0) await tx.deleteFrom('node_holding').where('node', '=', node).execute();
    const start = isAnew ? { held: 0, left: 0 } : before;
    const gone = await dropGone(tx, node, page.gone);
    const { added, left } = await keepHeld(ctx, tx, { node, network, own: start.held - gone }, page.held);
    const after = { held: start.held - gone + added, left: start.left + left };
    if (left > 0 && start.left === 0)
      ctx.log.warn({ node, network, held: after.held, left }, 'there is no room for all that a node holds');
    await tx
      .updateTable('node')
      .set({ holdings_session: session, holdings_told: page.upTo, holdings: after.held, holdings_left: after.left })
      .where('address', '=', node)
      .execute();
    return { told: page.upTo, trouble: troubleOf(ctx, after.left) };
  });
}

async function lockNode(tx: Transaction<Schema>, node: Address): Promise<Row> {
  const row = await tx
    .selectFrom('node')
    .select(['holdings_session as session', 'holdings_told as told', 'holdings as held', 'holdings_left as left'])
    .where('address', '=', node)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new CallableError('NodeNotFound', `The node ${node} has not joined.`);
  return row;
}

async function dropGone(tx: Transaction<Schema>, node: Address, gone: readonly Digest[]): Promise<number> {
  if (gone.length === 0) return 0;
  const { numDeletedRows } = await tx
    .deleteFrom('node_holding')
    .where('node', '=', node)
    .where(sql<boolean>`release = any(${gone}::text[])`)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

type Holder = { node: Address; network: string; own: number };

/** Those that are known already change their state in any case; of the others as many are kept as there is room for. */
async function keepHeld(
  ctx: Pick<HubContext, 'config'>,
  tx: Transaction<Schema>,
  holder: Holder,
  told: HoldingsReport['page']['held'],
): Promise<{ added: number; left: number }> {
  const held = [...new Map(told.map((holding) => [holding.release, holding])).values()];
  if (held.length === 0) return { added: 0, left: 0 };
  const { node } = holder;
  const rows = await tx
    .selectFrom('node_holding')
    .select('release')
    .where('node', '=', node)
    .where(sql<boolean>`release = any(${held.map(({ release }) => release)}::text[])`)
    .execute();
  const known = new Set(rows.map(({ release }) => release));
  const fresh = held.filter(({ release }) => !known.has(release));
  const added = fresh.slice(0, await findRoom(ctx, tx, holder));
  const kept = [...held.filter(({ release }) => known.has(release)), ...added];
  if (kept.length > 0)
    // Three parameters: with four for each row a page of a thousand held the thread for 30 ms.
    await sql`
      insert into node_holding (node, release, state, reason)
      select ${node}, * from unnest(
        ${kept.map(({ release }) => release)}::text[],
        ${kept.map(({ state }) => state)}::text[],
        ${kept.map(({ reason = null }) => reason)}::text[])
      on conflict (node, release) do update set state = excluded.state, reason = excluded.reason`.execute(tx);
  return { added: added.length, left: fresh.length - added.length };
}

/** attack: keys are free, so the entries of one node, of a network and of all nodes are bounded. */
async function findRoom(
  { config }: Pick<HubContext, 'config'>,
  tx: Transaction<Schema>,
  { node, network, own }: Holder,
): Promise<number> {
  const { holdings, holdingsPerNetwork, holdingsPerNode } = config.limits;
  const { inAll, here } = await tx
    .selectFrom('node')
    .select([
      sql<number>`coalesce(sum(holdings), 0)`.as('inAll'),
      sql<number>`coalesce(sum(holdings) filter (where network = ${network}), 0)`.as('here'),
    ])
    .where('holdings', '>', 0)
    .where('address', '!=', node)
    .executeTakeFirstOrThrow();
  const others = [holdings - Number(inAll), holdingsPerNetwork - Number(here), holdingsPerNode];
  return Math.max(0, Math.min(...others) - own);
}

function troubleOf({ config }: Pick<HubContext, 'config'>, left: number): HoldingsAnswer['trouble'] {
  if (left === 0) return null;
  const { holdings, holdingsPerNetwork, holdingsPerNode } = config.limits;
  return {
    code: 'HoldingsTooMany',
    message: `The hub left out ${left} releases of this node: it takes ${holdingsPerNode} of a node, ${holdingsPerNetwork} of a network and ${holdings} in all.`,
  };
}
