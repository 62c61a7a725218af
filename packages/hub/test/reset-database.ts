import { type Kysely, sql } from 'kysely';
import type { Schema } from '../src/db/schema.ts';

/** Above this a table is truncated, which costs ten times a small `delete` and leaves no dead rows. */
const smallBytes = 256 * 1024;

/**
 * Teaches a migrated database to become again what it is now: keeps its rows in the schema `pristine`, beside a function
 * that puts them back.
 */
export async function learnToReset(db: Kysely<Schema>): Promise<void> {
  await sql`create schema pristine`.execute(db);
  // Without Kysely's tables: it looks for them in every schema. A test that migrates changes the shape.
  const tables = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely%'`.execute(
    db,
  );
  for (const { name } of tables.rows) {
    const { rows } = await sql`select from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0)
      await sql`create table ${sql.table(`pristine.${name}`)} as table ${sql.table(`public.${name}`)}`.execute(db);
  }
  await sql`create table pristine.shape as ${shape}`.execute(db);
  await sql`
    create function pristine.reset(kept integer[]) returns void language plpgsql as $body$
    declare one record;
    begin
      perform pg_terminate_backend(pid, 10000) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> all(kept);
      if (select shape from pristine.shape) is distinct from (${shape}) then
        raise exception 'the test changed the schema';
      end if;
      -- No trigger hinders it: statements are append-only to the product.
      set local session_replication_role = replica;
      for one in select oid::regclass as name, pg_relation_size(oid) > ${sql.lit(smallBytes)} as is_large from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely%'
          and pg_relation_size(oid) > 0
      loop
        execute format(case when one.is_large then 'truncate %s cascade' else 'delete from %s' end, one.name);
      end loop;
      for one in select seqrelid as sequence, seqstart as start from pg_sequence
      loop
        perform setval(one.sequence, one.start, false);
      end loop;
      for one in select relname as name from pg_class
        where relnamespace = 'pristine'::regnamespace and relkind = 'r' and relname <> 'shape'
      loop
        execute format('insert into public.%I overriding system value select * from pristine.%I', one.name, one.name);
      end loop;
    end $body$`.execute(db);
}

/** Every relation, constraint, column and function, as one hash; partitions come and go with the days. */
const shape = sql`
  select md5(concat(
    (select string_agg(concat(oid, relname, relnatts, reltriggers), ' ' order by oid) from (
      select oid, relname, relnatts, relhastriggers as reltriggers from pg_class
      where relnamespace = 'public'::regnamespace and not relispartition
    ) as relation),
    (select string_agg(oid::text, ' ' order by oid) from pg_constraint
      where connamespace = 'public'::regnamespace and conparentid = 0),
    (select string_agg(oid::text, ' ' order by oid) from pg_proc where pronamespace = 'public'::regnamespace)
  )) as shape`;

/**
 * Makes a database that a test has used like new, and ends whoever is connected but the server processes in `kept`. Two
 * milliseconds; a new one takes 75. Throws when the test changed the schema, or the user may not do it.
 */
export async function resetDatabase(db: Kysely<Schema>, kept: readonly number[]): Promise<void> {
  await sql`select pristine.reset(${kept}::integer[])`.execute(db);
}
