import { CallableError, type GapList, parseAddress } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

const gapsPerPage = 1_000;

/** Where receipts of a node are missing, or its headers are no chain; of one session where it is named. */
export async function listGaps(
  { db }: Pick<HubContext, 'db'>,
  name: string,
  { session, after }: { session?: string; after?: string },
): Promise<GapList> {
  const node = parseAddress(name);
  if (!node) throw new CallableError('NodeNotFound', `${name} is not the address of a node.`);
  let query = db
    .selectFrom('receipt_gap')
    .innerJoin('receipt_session', (join) =>
      join
        .onRef('receipt_session.session', '=', 'receipt_gap.session')
        .onRef('receipt_session.node', '=', 'receipt_gap.node'),
    )
    .select(['receipt_gap.session', 'gateway', 'first', 'last', 'found_at'])
    .where('receipt_gap.node', '=', node)
    .orderBy('receipt_gap.session')
    .orderBy('first')
    .orderBy('last')
    .limit(gapsPerPage + 1);
  if (session !== undefined) query = query.where('receipt_gap.session', '=', session);
  if (after !== undefined) {
    const from = parseCursor(after);
    query = query.where(
      sql<boolean>`(receipt_gap.session, first, last) > (${from.session}, ${from.first}::bigint, ${from.last}::bigint)`,
    );
  }
  const rows = await query.execute();
  const shown = rows.slice(0, gapsPerPage);
  const end = rows.length > shown.length ? shown.at(-1) : undefined;
  return {
    gaps: shown.map(({ session: of, gateway, first, last, found_at }) => ({
      ...{ session: of, gateway, kind: last < first ? ('broken' as const) : ('missing' as const) },
      ...{ first, count: last - first + 1, foundAt: new Date(found_at).toISOString() },
    })),
    next: end ? `${end.session}-${end.first}-${end.last}` : null,
  };
}

function parseCursor(after: string): { session: string; first: number; last: number } {
  const [, session, first, last] = /^([0-9a-f]{64})-(\d{1,16})-(-1|\d{1,16})$/.exec(after) ?? [];
  if (session === undefined) throw new CallableError('RequestInvalid', '`after` is the `next` of an earlier page.');
  return { session, first: Number(first), last: Number(last) };
}
