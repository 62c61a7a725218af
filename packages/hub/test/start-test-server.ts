import { randomUUID } from 'node:crypto';
import { startTemporaryServer } from '../../postgres/test/start-temporary-server.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open-database.ts';
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
