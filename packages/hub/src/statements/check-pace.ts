import { CallableError, findKind, listCountedKinds, type Statement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import type { AppendedStatement } from '../fold/append-statement.ts';

const dayMs = 24 * 3600_000;

/** Statements of all kinds within a day, at pace 1. With 4 kB each a network adds at most 20 MB a day to the log. */
const mostPerDay = { key: 1000, network: 5000 };

/**
 * Throws TooManyStatements when the key, or all keys of the network together, have said as much of this kind, or of all
 * kinds, as they may within a day. A log is kept for ever by everybody, and a thousand keys cost nothing: one network's
 * share of it is bounded. The hub's own word is not.
 */
export async function checkPace(
  ctx: Pick<HubContext, 'clock' | 'rules' | 'config'>,
  tx: Transaction<Schema>,
  { signer, kind }: Statement,
  network: string,
): Promise<void> {
  const perDay = findKind(kind)?.perDay;
  if (signer === ctx.rules.hub || !perDay) return;
  const at = (most: number) => Math.max(1, Math.round(most * ctx.config.limits.statementPace));
  const now = ctx.clock();
  // The nth latest within the day, when there are as many.
  const bySigner = (kinds: string[], most: number) =>
    tx
      .selectFrom('statement')
      .select('logged_at')
      .where('signer', '=', signer)
      .where('kind', 'in', kinds)
      .where('logged_at', '>', now - dayMs)
      .orderBy('logged_at', 'desc')
      .offset(most - 1)
      .limit(1)
      .executeTakeFirst();
  const byNetwork = (kinds: string[], most: number) =>
    tx
      .selectFrom('statement_pace')
      .select('logged_at')
      .where('network', '=', network)
      .where('kind', 'in', kinds)
      .where('logged_at', '>', now - dayMs)
      .orderBy('logged_at', 'desc')
      .offset(most - 1)
      .limit(1)
      .executeTakeFirst();
  const counted = listCountedKinds();
  const bounds = [
    { who: signer, what: `${kind} statements`, most: at(perDay.key), find: bySigner, kinds: [kind] },
    { who: signer, what: 'statements', most: at(mostPerDay.key), find: bySigner, kinds: counted },
    { who: yourNetwork, what: `${kind} statements`, most: at(perDay.network), find: byNetwork, kinds: [kind] },
    { who: yourNetwork, what: 'statements', most: at(mostPerDay.network), find: byNetwork, kinds: counted },
  ];
  for (const { who, what, most, find, kinds } of bounds) {
    const first = await find(kinds, most);
    if (first)
      throw new CallableError('TooManyStatements', `${who} has made ${most} ${what} within a day.`, {
        details: { retryAfterSeconds: (first.logged_at + dayMs - now) / 1000 },
      });
  }
}

const yourNetwork = 'Your network';

/** Counts a statement for the network it came from, for a day. Nothing of it is told to anybody. */
export async function notePace(
  tx: Transaction<Schema>,
  { seq, loggedAt, statement: { kind } }: AppendedStatement,
  network: string,
): Promise<void> {
  await tx
    .deleteFrom('statement_pace')
    .where('logged_at', '<=', loggedAt - dayMs)
    .execute();
  if (!findKind(kind)?.perDay) return;
  await tx.insertInto('statement_pace').values({ seq, network, kind, logged_at: loggedAt }).execute();
}
