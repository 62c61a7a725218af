import { randomUUID } from 'node:crypto';
import { startTemporaryServer } from '../../postgres/test/start-temporary-server.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open-database.ts';
import { learnToReset } from './reset-database.ts';
import { runStatement } from './run-statement.ts';
import type { TestServer } from './test-server.ts';

export interface RunningTestServer extends AsyncDisposable {
  readonly server: TestServer;
}

/** The server of DATABASE_URL when set, else an embedded one in a temporary directory, with a migrated template. */
export async function startTestServer(): Promise<RunningTestServer> {
  const given = process.env.DATABASE_URL;
  const owned = given ? undefined : await startTemporaryServer();
  const url = given ?? owned?.url ?? '';
  const template = `callable_test_${randomUUID().replaceAll('-', '')}`;
  try {
    await runStatement(url, `create database ${template}`);
    {
      const address = new URL(url);
      address.pathname = `/${template}`;
      await using database = openDatabase({ server: address.href, poolSize: 1 });
      await migrate(database.db);
      await learnToReset(database.db);
    }
  } catch (error) {
    await owned?.[Symbol.asyncDispose]();
    throw error;
  }
  return {
    server: { url, template },
    async [Symbol.asyncDispose]() {
      if (given) await dropAll(url, template);
      await owned?.[Symbol.asyncDispose]();
    },
  };
}

/** The template and its copies, which the tests leave to each other. */
async function dropAll(url: string, template: string): Promise<void> {
  const { rows } = await runStatement(url, `select datname from pg_database where datname like '${template}%'`);
  for (const { datname } of rows) await runStatement(url, `drop database ${datname} with (force)`);
}
