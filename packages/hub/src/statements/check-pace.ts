import { CallableError, findKind, listCountedKinds, type Statement } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
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
  const findNth = async ({ table, by, who, kinds, most }: Bound) => {
    const { rows } = await sql<{ logged_at: number }>`
      select logged_at from ${sql.table(table)}
      where ${sql.ref(by)} = ${who} and kind = any(${kinds}) and logged_at > ${now - dayMs}
      order by logged_at desc offset ${most - 1} limit 1`.execute(tx);
    return rows[0]?.logged_at;
  };
  const counted = listCountedKinds();
  const bySigner = { table: 'statement', by: 'signer', who: signer, name: signer } as const;
  const byNetwork = { table: 'statement_pace', by: 'network', who: network, name: 'Your network' } as const;
  const bounds: Bound[] = [
    { ...bySigner, what: `${kind} statements`, most: at(perDay.key), kinds: [kind] },
    { ...bySigner, what: 'statements', most: at(mostPerDay.key), kinds: counted },
    { ...byNetwork, what: `${kind} statements`, most: at(perDay.network), kinds: [kind] },
    { ...byNetwork, what: 'statements', most: at(mostPerDay.network), kinds: counted },
  ];
  for (const bound of bounds) {
    const first = await findNth(bound);
    if (first === undefined) continue;
    const { name, most, what } = bound;
    const next = new Date(first + dayMs).toISOString();
    throw new CallableError(
      'TooManyStatements',
      `${name} has made ${most} ${what} within a day; the next is taken from ${next} on.`,
      { details: { retryAfterSeconds: (first + dayMs - now) / 1000 } },
    );
  }
}

/** So many of these kinds within a day, by a key or from a network; `name` is how the refusal calls it. */
type Bound = {
  table: 'statement' | 'statement_pace';
  by: 'signer' | 'network';
  who: string;
  name: string;
  what: string;
  most: number;
  kinds: readonly string[];
};
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
