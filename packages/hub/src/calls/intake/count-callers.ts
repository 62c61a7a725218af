import { sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';
import type { TalliedSegment } from '../desk/tally-segment.ts';

/**
 * Keys that a release is said to have been called by; beyond it says this number. Keys are free: each one new costs a row of
 * about 250 bytes, as much as its signed call takes of a file anyway, and for one release not more than 2.5 MB of them.
 */
export const mostCallers = 10_000;

/** Notes who called which release. A key whose only word was that of a node since caught lying is noted anew. */
export async function countCallers(tx: Transaction<Schema>, callers: TalliedSegment['callers']): Promise<void> {
  if (callers.length === 0) return;
  const rows = [...callers].sort((a, b) => (a.release + a.caller < b.release + b.caller ? -1 : 1));
  const given = sql`unnest(${rows.map((row) => row.release)}::text[], ${rows.map((row) => row.caller)}::text[],
    ${rows.map((row) => row.node)}::text[]) as given (release, caller, node)`;
  await sql`
    with fresh as (
      select given.*, row_number() over (partition by given.release) as place from ${given}
      left join release_caller using (release, caller) where release_caller.node is null
    ), room as (
      select release, (select count(*) from (
        select from release_caller where release_caller.release = named.release limit ${mostCallers}) as held) as held
      from (select distinct release from fresh) as named
    )
    insert into release_caller (release, caller, node)
    select release, caller, node from fresh join room using (release) where held + place <= ${mostCallers}
    order by release, caller on conflict do nothing`.execute(tx);
  await sql`
    update release_caller set node = given.node from ${given}, node_state
    where release_caller.release = given.release and release_caller.caller = given.caller
      and node_state.node = release_caller.node and node_state.convicted`.execute(tx);
}
