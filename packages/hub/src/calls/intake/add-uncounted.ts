import { sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';
import type { Tally } from '../desk/tally-segment.ts';

/** Adds calls to those that the next release.called statement of their release says. */
export async function addUncounted(tx: Transaction<Schema>, tallies: readonly Tally[]): Promise<void> {
  if (tallies.length === 0) return;
  const keyOf = ({ release, node, kind }: Tally) => `${release}${node}${kind}`;
  // In one order, as two reports would else wait for each other; a row is met once in a statement.
  const merged = new Map<string, Tally>();
  for (const one of [...tallies].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const same = merged.get(keyOf(one));
    const count = (same?.count ?? 0) + one.count;
    merged.set(keyOf(one), { ...one, count, lastAt: Math.max(one.lastAt, same?.lastAt ?? 0) });
  }
  const rows = [...merged.values()];
  await sql`
    insert into uncounted_call (release, node, kind, count, last_at)
    select * from unnest(${rows.map((row) => row.release)}::text[], ${rows.map((row) => row.node)}::text[],
      ${rows.map((row) => row.kind)}::text[], ${rows.map((row) => row.count)}::bigint[],
      ${rows.map((row) => row.lastAt)}::bigint[])
    on conflict (release, node, kind) do update set count = uncounted_call.count + excluded.count,
      last_at = greatest(uncounted_call.last_at, excluded.last_at)`.execute(tx);
}
