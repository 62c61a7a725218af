import type { PostgresConnection } from '@callable/postgres';
import { ownMember } from '@callable/protocol';
import { holdSegments } from '../calls/intake/backup-turn.ts';
import { openDatabase } from '../db/open-database.ts';
import { connect } from './connect.ts';
import { copyOut } from './copy-out.ts';
import { columnsOf, conditions, listTables, quoteName, type TableShape } from './list-tables.ts';

/** The database at one moment, however long it is read, while others write. */
export type Snapshot = AsyncDisposable & {
  /** Of the server, as `18.4`. */
  postgres: string;
  /** The schema it has: the migrations that were carried out. */
  migrations: readonly string[];
  tables: readonly TableShape[];
  /** The last value of each; null before the first. */
  sequences: Readonly<Record<string, number | null>>;
  /** How many statements there are. */
  statements: number;
  releases: number;
  /** Bytes of the database on its disk, indexes included. */
  bytes: number;
  /** Whose hub it is, by what its log says of itself; empty for a database without a log. */
  hubs: readonly string[];
  /** The rows of a table as COPY writes them in text; returns how many. */
  readTable(table: TableShape): AsyncGenerator<Buffer, number>;
  /** A line for each file that releases and Walrus objects name: its sha256, and `t` when it is kept on Walrus, else `f`. */
  readFiles(): AsyncGenerator<Buffer, number>;
};

/**
 * Opens a snapshot on a connection of its own. What it reads it locks for nobody but migrations. Until it is closed, no file goes
 * in which a report of calls stands that it names.
 */
export async function openSnapshot(server: string | PostgresConnection): Promise<Snapshot> {
  const database = openDatabase({ server, poolSize: 1 });
  const client = database.connect();
  const close = async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
  };
  try {
    await connect(client);
    await client.query(holdSegments);
    await client.query('begin isolation level repeatable read read only');
    const one = async <Row extends object>(text: string) => (await client.query<Row>(text)).rows;
    const [{ postgres, bytes, isOurs } = { postgres: '', bytes: 0, isOurs: false }] = await one<{
      postgres: string;
      bytes: number;
      isOurs: boolean;
    }>(`select current_setting('server_version') as postgres, pg_database_size(current_database()) as bytes,
      to_regclass('kysely_migration') is not null as "isOurs"`);
    const known = isOurs ? await one<{ name: string }>('select name from kysely_migration order by name') : [];
    const hasLog = known.length > 0;
    const counted = hasLog
      ? await one<{ statements: number; releases: number }>(
          'select (select count(*) from statement) as statements, (select count(*) from release) as releases',
        )
      : [];
    const hubs = hasLog
      ? await one<{ subject: string }>(`select distinct subject from statement where kind = 'log.opened'`)
      : [];
    const sequences = await one<{ name: string; value: number | null }>(
      'select sequencename as name, last_value as value from pg_sequences where schemaname = current_schema()',
    );
    return {
      postgres: postgres.split(' ')[0] ?? '',
      bytes,
      migrations: known.map(({ name }) => name),
      tables: hasLog ? await listTables(client) : [],
      sequences: Object.fromEntries(sequences.map(({ name, value }) => [name, value])),
      statements: counted[0]?.statements ?? 0,
      releases: counted[0]?.releases ?? 0,
      hubs: hubs.map(({ subject }) => subject),
      readTable(table) {
        const only = ownMember(conditions, table.name);
        const from = `select ${columnsOf(table)} from ${quoteName(table.name)}${only ? ` where ${only}` : ''}`;
        return copyOut(client, `copy (${from}) to stdout`);
      },
      readFiles: () =>
        copyOut(
          client,
          `copy (select sha256, sha256 in (select sha256 from walrus_file) from
            (select sha256 from release_file union select sha256 from walrus_object) as named order by sha256) to stdout`,
        ),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
