import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open-database.ts';
import { acquireDataLock } from '../src/postgres/process/acquire-data-lock.ts';
import { stopOrphan } from '../src/postgres/process/stop-orphan.ts';
import { startPostgres } from '../src/postgres/start-postgres.ts';
import type { TestServer } from './test-server.ts';

export interface RunningTestServer extends AsyncDisposable {
  readonly server: TestServer;
}

/** One copy of the programs for all runs in this checkout. */
export const testEngineDir = fileURLToPath(new URL('../../../node_modules/.cache/callable/engine', import.meta.url));

const DATA_PREFIX = 'callable-test-data-';

/** The server of DATABASE_URL when set, else an embedded one in a temporary directory, with a migrated template. */
export async function startTestServer(): Promise<RunningTestServer> {
  const given = process.env.DATABASE_URL;
  const owned = given ? undefined : await startTemporaryServer();
  const url = given ?? owned?.url ?? '';
  const template = `callable_template_${randomUUID().replaceAll('-', '')}`;
  try {
    await runStatement(url, `create database ${template}`);
    {
      const address = new URL(url);
      address.pathname = `/${template}`;
      await using database = openDatabase({ server: address.href, poolSize: 1 });
      await migrate(database.db);
    }
  } catch (error) {
    await owned?.[Symbol.asyncDispose]();
    throw error;
  }
  return {
    server: { url, template },
    async [Symbol.asyncDispose]() {
      if (given) await runStatement(url, `drop database if exists ${template}`);
      await owned?.[Symbol.asyncDispose]();
    },
  };
}

async function startTemporaryServer(): Promise<AsyncDisposable & { url: string }> {
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), DATA_PREFIX));
  const postgres = await startPostgres({
    dataDir,
    engineDir: testEngineDir,
    // Nothing here outlives the run, and every test file opens pools.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  return {
    url: postgres.connectionString,
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A run that was killed leaves its server and data. Those of runs still going on are locked. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(DATA_PREFIX)) continue;
    const path = join(tmpdir(), name);
    const postgresDir = join(path, 'postgres');
    try {
      // Absent in a run that is just starting, or died just then: left to the system.
      const majors = (await readdir(postgresDir)).filter((entry) => /^\d+$/.test(entry));
      await using _lock = await acquireDataLock(postgresDir);
      for (const major of majors) await stopOrphan(join(postgresDir, major, 'data'));
    } catch {
      continue;
    }
    await rm(path, { recursive: true, force: true });
  }
}

async function runStatement(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
