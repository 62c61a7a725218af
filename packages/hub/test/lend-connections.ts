import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import type { Schema } from '../src/db/schema.ts';

/**
 * A view of a pool that ends like a pool of its own: `destroy` waits for whoever holds a connection and refuses everyone
 * after. The connections stay, and with them what PostgreSQL has learnt of the schema.
 */
export function lendConnections(pool: pg.Pool): Kysely<Schema> {
  let held = 0;
  let ending: PromiseWithResolvers | null = null;
  const connect = async (): Promise<PostgresPoolClient> => {
    if (ending) throw new Error('The test to which this database was lent has ended.');
    held++;
    const client = await pool.connect().catch((error: unknown) => {
      giveBack();
      throw error;
    });
    const release = client.release;
    client.release = (error) => {
      release.call(client, error);
      giveBack();
    };
    return client as PostgresPoolClient;
  };
  const giveBack = () => {
    held--;
    if (held === 0) ending?.resolve();
  };
  const end = () => {
    ending ??= defer();
    if (held === 0) ending.resolve();
    return ending.promise;
  };
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: { connect, end } }) });
}

type PromiseWithResolvers = { promise: Promise<void>; resolve: () => void };

function defer(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
