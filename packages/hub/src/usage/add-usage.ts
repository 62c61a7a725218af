import type { CountedFile } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { touchFigures } from './figures/touch-figures.ts';

/** Adds what a file says to the rows of its day; they held what was counted of the first `counted` entries of the log. */
export async function addUsage(
  tx: Transaction<Schema>,
  { day, counted }: { day: number; counted: number },
  { hours, callers, wanted }: CountedFile,
): Promise<void> {
  await makePartitions(tx, day);
  await touchFigures(tx, {
    ...{ day, counted, releases: distinct(hours.map(({ release }) => release)) },
    nodes: distinct(hours.map(({ node }) => node.slice(2))),
  });
  if (hours.length > 0)
    await sql`
      insert into usage_hour (day, hour, release, node, keyless, signed, repeated, cut, failed, hidden)
      select ${day}::integer, hour, decode(release, 'hex'), decode(node, 'hex'), keyless, signed, repeated, cut, failed, hidden
      from unnest(${hours.map(({ hour }) => hour)}::integer[], ${hours.map(({ release }) => release)}::text[],
        ${hours.map(({ node }) => node.slice(2))}::text[], ${hours.map(({ keyless }) => keyless)}::bigint[],
        ${hours.map(({ signed }) => signed)}::bigint[], ${hours.map(({ repeated }) => repeated)}::bigint[],
        ${hours.map(({ cut }) => cut)}::bigint[], ${hours.map(({ failed }) => failed)}::bigint[],
        ${hours.map(({ hidden }) => hidden)}::bigint[])
        as given (hour, release, node, keyless, signed, repeated, cut, failed, hidden)
      on conflict (day, release, hour, node) do update set
        keyless = usage_hour.keyless + excluded.keyless, signed = usage_hour.signed + excluded.signed,
        repeated = usage_hour.repeated + excluded.repeated, cut = usage_hour.cut + excluded.cut,
        failed = usage_hour.failed + excluded.failed, hidden = usage_hour.hidden + excluded.hidden`.execute(tx);
  if (wanted.length > 0)
    await sql`
      insert into usage_wanted (day, release, gateway, calls, networks)
      select ${day}::integer, decode(release, 'hex'), decode(gateway, 'hex'), calls, networks
      from unnest(${wanted.map(({ release }) => release)}::text[], ${wanted.map(({ gateway }) => gateway.slice(2))}::text[],
        ${wanted.map(({ calls }) => calls)}::bigint[], ${wanted.map(({ networks }) => networks)}::bigint[])
        as given (release, gateway, calls, networks)
      on conflict (day, release, gateway) do update set calls = usage_wanted.calls + excluded.calls,
        networks = usage_wanted.networks + excluded.networks`.execute(tx);
  if (callers.length === 0) return;
  await sql`
    insert into usage_caller (day, release, caller, principal, node, gateway, tag, calls, relied)
    select ${day}::integer, decode(release, 'hex'), decode(caller, 'hex'), decode(principal, 'hex'), decode(node, 'hex'), decode(gateway, 'hex'),
      decode(tag, 'hex'), calls, relied
    from unnest(${callers.map(({ release }) => release)}::text[], ${callers.map(({ caller }) => caller.slice(2))}::text[],
      ${callers.map(({ principal }) => principal.slice(2))}::text[], ${callers.map(({ node }) => node.slice(2))}::text[], ${callers.map(({ gateway }) => gateway.slice(2))}::text[],
      ${callers.map(({ tag }) => tag)}::text[], ${callers.map(({ calls }) => calls)}::bigint[],
      ${callers.map(({ relied }) => relied)}::bigint[])
      as given (release, caller, principal, node, gateway, tag, calls, relied)
    on conflict (day, release, caller, principal, node, gateway, tag) do update set
      calls = usage_caller.calls + excluded.calls, relied = usage_caller.relied + excluded.relied`.execute(tx);
  const keys = [...new Set(callers.map(({ caller }) => caller.slice(2)))];
  await sql`
    insert into usage_key (caller, since) select decode(caller, 'hex'), ${day}::integer from unnest(${keys}::text[]) as given (caller)
    on conflict do nothing`.execute(tx);
}

const distinct = (texts: readonly string[]) => [...new Set(texts)].filter((text) => text !== '');

/** Of this day, where they are not there: a day is dropped whole when it is old. */
async function makePartitions(tx: Transaction<Schema>, day: number): Promise<void> {
  const { rows } = await sql<{ found: string | null }>`select to_regclass(${`usage_caller_${day}`}) as found`.execute(
    tx,
  );
  if (rows[0]?.found != null) return;
  for (const table of ['usage_hour', 'usage_caller'])
    await sql`create table if not exists ${sql.table(`${table}_${day}`)} partition of ${sql.table(table)}
      for values from (${sql.lit(day)}) to (${sql.lit(day + 1)})`.execute(tx);
}
