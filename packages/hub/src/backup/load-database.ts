import type { PostgresConnection } from '@callable/postgres';
import { CallableError } from '@callable/protocol';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { migrate } from '../db/migrate.ts';
import { migrations as ours } from '../db/migrations/index.ts';
import { openDatabase } from '../db/open-database.ts';
import type { Schema } from '../db/schema.ts';
import { connect } from './connect.ts';
import { copyIn } from './copy-in.ts';
import { columnsOf, listTables, quoteName, type TableShape } from './list-tables.ts';

/** What a snapshot was written as. */
export type SavedDatabase = {
  migrations: readonly string[];
  tables: readonly (TableShape & { rows: number })[];
  sequences: Readonly<Record<string, number | null>>;
  read(table: TableShape): AsyncIterable<Uint8Array>;
};

/** The migrations of a backup that this build does not know. */
export const unknownMigrations = (names: readonly string[]): string[] =>
  names.filter((name) => !Object.hasOwn(ours, name));

/** Throws PlaceTaken unless nothing stands in the database. */
export async function requireEmptyDatabase(server: string | PostgresConnection): Promise<void> {
  await onConnection(server, requireEmpty);
}

/**
 * Puts a saved database into an empty one, with the schema it was saved with: the next start migrates it. All in one
 * transaction, which `finish` ends well or badly: a database is restored whole, or stays empty.
 */
export async function loadDatabase(
  server: string | PostgresConnection,
  saved: SavedDatabase,
  finish: () => Promise<void> = async () => undefined,
): Promise<void> {
  await onConnection(server, async (client) => {
    await client.query('begin');
    await requireEmpty(client);
    await makeSchema(client, saved.migrations);
    const known = new Map((await listTables(client)).map((table) => [table.name, table]));
    for (const { name, columns } of saved.tables)
      if (columns.some((column) => !known.get(name)?.columns.includes(column)))
        throw new CallableError('BackupDamaged', `The backup has columns of ${name} that its schema has not.`);
    // Rows arrive in no order that references would follow, and triggers guard against others than this.
    const references = await dropReferences(client);
    const names = [...known.keys()].map(quoteName);
    for (const name of names) await client.query(`alter table ${name} disable trigger user`);
    // A migration may have written rows of its own.
    await client.query(`truncate ${names.join(', ')}`);
    for (const table of saved.tables) {
      const rows = await copyIn(
        client,
        `copy ${quoteName(table.name)} (${columnsOf(table)}) from stdin`,
        saved.read(table),
      );
      if (rows !== table.rows)
        throw new CallableError('BackupDamaged', `${table.name} has ${rows} rows where ${table.rows} were saved.`);
    }
    for (const name of names) await client.query(`alter table ${name} enable trigger user`);
    for (const { table, constraint, definition } of references)
      await client.query(`alter table ${table} add constraint ${quoteName(constraint)} ${definition}`);
    for (const [name, value] of Object.entries(saved.sequences))
      if (value !== null) await client.query('select setval($1::regclass, $2)', [quoteName(name), value]);
    // Until autovacuum comes by, every plan would be that of empty tables.
    await client.query('analyze');
    await finish();
    await client.query('commit');
  });
}

async function onConnection(server: string | PostgresConnection, work: (client: pg.Client) => Promise<void>) {
  await using database = openDatabase({ server, poolSize: 1 });
  const client = database.connect();
  try {
    await connect(client);
    await work(client);
  } finally {
    await client.end();
  }
}

async function requireEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S') order by 1 limit 1`,
  );
  if (rows[0]) throw new CallableError('PlaceTaken', `The database holds something already: ${rows[0].name}.`);
}

/** Kysely on this one connection, in the transaction that is open. */
async function makeSchema(client: pg.Client, names: readonly string[]): Promise<void> {
  const lent = { query: client.query.bind(client), release: () => undefined } as unknown as PostgresPoolClient;
  const pool = { connect: async () => lent, end: async () => undefined };
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db, Object.fromEntries(Object.entries(ours).filter(([name]) => names.includes(name))), {
    isInTransaction: true,
  });
}

async function dropReferences(client: pg.Client) {
  const { rows } = await client.query<{ table: string; constraint: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as constraint, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
  );
  for (const { table, constraint } of rows)
    await client.query(`alter table ${table} drop constraint ${quoteName(constraint)}`);
  return rows;
}
