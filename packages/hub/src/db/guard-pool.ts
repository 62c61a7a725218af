import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import type { DatabaseWatch } from './database-watch.ts';
import { isDatabaseAway } from './is-database-away.ts';

/**
 * A pool that refuses at once while the database is away, tells the watch what it sees, and keeps no connection that a
 * server ended or that only reads: after a failover that one would stay with the old server for ever.
 */
export function guardPool(pool: pg.Pool, watch: DatabaseWatch): PostgresPool {
  const guarded = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    async connect() {
      watch.refuseWhileAway();
      const client = await pool.connect().catch((error: unknown) => {
        watch.suspect(error);
        throw error;
      });
      const known = guarded.get(client) ?? guard(client, watch);
      guarded.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}

function guard(client: pg.PoolClient, watch: DatabaseWatch): PostgresPoolClient {
  let isBroken = false;
  const query = async (...given: unknown[]) => {
    try {
      return await (client.query as (...given: unknown[]) => Promise<unknown>)(...given);
    } catch (error) {
      if (isDatabaseAway(error)) {
        isBroken = true;
        watch.suspect(error);
      }
      throw error;
    }
  };
  return { query: query as PostgresPoolClient['query'], release: () => client.release(isBroken) };
}
