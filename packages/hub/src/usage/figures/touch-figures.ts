import { sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';
import { kindCodes } from './subject.ts';

/**
 * Marks whose figures of a day have to be made again, as rows of these releases (hex) and nodes changed: theirs, their publishers' and
 * the network's. `counted` is up to which entry they hold what was counted before.
 */
export async function touchFigures(
  tx: Transaction<Schema>,
  {
    day,
    counted,
    releases,
    nodes,
  }: { day: number; counted: number; releases: readonly string[]; nodes: readonly string[] },
): Promise<void> {
  if (releases.length === 0 && nodes.length === 0) return;
  await sql`
    insert into usage_touched (kind, subject, day, since)
    select kind, subject, ${day}::integer, ${counted}::bigint from (
      select ${kindCodes.release}::smallint as kind, decode(hex, 'hex') as subject from unnest(${releases}::text[]) as given (hex)
      union select ${kindCodes.publisher}, decode(substr(publisher, 3), 'hex') from release
        where digest in (select 'sha256:' || hex from unnest(${releases}::text[]) as given (hex))
      union select ${kindCodes.node}, decode(hex, 'hex') from unnest(${nodes}::text[]) as given (hex)
      union select ${kindCodes.network}, ''::bytea) as touched
    order by kind, subject
    on conflict (kind, subject, day) do update set stamp = excluded.stamp`.execute(tx);
}
