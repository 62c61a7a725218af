import type { Socket } from 'node:net';
import type { PostgresConnection } from '@callable/postgres';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DatabaseWatch } from './database-watch.ts';
import { guardPool } from './guard-pool.ts';
import { parseInt8 } from './parse-int8.ts';
import type { Schema } from './schema.ts';

export interface DatabaseOptions {
  /** A URL such as DATABASE_URL, or what an embedded server says of itself. */
  readonly server: string | PostgresConnection;
  /** Connections at most. Default 10. A request that finds none free waits 10 s, then fails. */
  readonly poolSize?: number;
  /** Hears of idle connections that broke, which the pool replaces by itself. */
  readonly onError?: (error: Error) => void;
  /** Knows when the database is away; then nothing waits for it. None for a program that does one thing and ends. */
  readonly watch?: DatabaseWatch;
}

export interface Database extends AsyncDisposable {
  readonly db: Kysely<Schema>;
  /** For what Kysely cannot say, such as COPY. */
  readonly pool: pg.Pool;
  /** A new connection outside the pool, not yet connected, over a socket of the caller's if given. The caller ends it. */
  connect(stream?: () => Socket): pg.Client;
}

/**
 * Opens a pool of connections. Nothing is sent until the first query.
 *
 * `bigint` arrives as a number (and throws when one cannot hold it), `numeric` and `date` as text, `timestamptz` as a
 * Date, `bytea` as a Buffer.
 */
export function openDatabase({ server, poolSize = 10, onError = () => undefined, watch }: DatabaseOptions): Database {
  const config: pg.ClientConfig = {
    ...(typeof server === 'string' ? { connectionString: server } : server),
    application_name: 'callable',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: { getTypeParser },
    ...(watch ? { stream: watch.stream } : {}),
  };
  const pool = new pg.Pool({ ...config, max: poolSize });
  // Without a listener, the restart of an idle server ends the whole process.
  pool.on('error', onError);
  // Nor does the pool listen to a connection while it is in use: its query fails, and so would the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: watch ? guardPool(pool, watch) : pool }) });
  return {
    db,
    pool,
    connect: (stream) => new pg.Client(stream ? { ...config, stream } : config),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

const { INT8, DATE } = pg.types.builtins;
/** Missing from the list in `pg`, hence also from its types. */
const INT8_ARRAY: number = 1016;

const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (oid, format) => {
  if (format === 'binary') return pg.types.getTypeParser(oid, format);
  if (oid === INT8) return parseInt8;
  if (Number(oid) === INT8_ARRAY) return (text: string) => mapTexts(pg.types.getTypeParser(oid, 'text')(text));
  // A Date would shift with the time zone of this process.
  if (oid === DATE) return (text: string) => text;
  return pg.types.getTypeParser(oid, format);
};

/** Arrays may be nested and hold nulls. */
function mapTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapTexts);
  return typeof value === 'string' ? parseInt8(value) : value;
}
