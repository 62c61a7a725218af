import type pg from 'pg';

/** A table as a backup names it. */
export type TableShape = { name: string; columns: readonly string[] };

/**
 * What no backup holds, and with it whatever refers to it. Hints carry numbers of this server's transactions, which another
 * would wait for. The bytes of unfinished uploads stay behind, so what is known of them does too. Kysely's tables are
 * made by the migrations. Usage is counted again from the files of calls, which a backup has: its cursor begins anew.
 */
const leftOut = [
  ...['outbox', 'upload', 'kysely_migration', 'kysely_migration_lock'],
  ...['usage_cursor', 'usage_hour', 'usage_caller', 'usage_wanted', 'usage_key', 'usage_word', 'usage_said'],
  ...['usage_figure', 'usage_touched', 'usage_window', 'usage_fact_cursor', 'usage_node', 'usage_day'],
];

/** Rows that say where bytes are: only of files that the backup takes. */
export const conditions: Readonly<Record<string, string>> = {
  stored_chunk: 'file in (select sha256 from release_file union select sha256 from walrus_object)',
};

/** The tables of the hub, from the catalogue: a table that a migration adds tomorrow is in the backup of tomorrow. */
export async function listTables(client: pg.Client): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(
    `with recursive ours as (
      select oid, relname from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
        and not relispartition
    ), left_out as (
      select oid from ours where relname = any($1)
      union select conrelid from pg_constraint join left_out on confrelid = left_out.oid where contype = 'f'
    )
    select relname as name, array_agg(attname::text order by attnum) as columns
    from ours join pg_attribute on attrelid = ours.oid
    where attnum > 0 and not attisdropped and attgenerated = '' and ours.oid not in (select oid from left_out)
    group by relname order by relname`,
    [leftOut],
  );
  return rows;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const columnsOf = ({ columns }: TableShape): string => columns.map(quoteName).join(', ');
