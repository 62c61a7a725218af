import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../test/create-test-database.ts';
import { listen } from './listen.ts';
import { openDatabase } from './open-database.ts';

test('hears what is sent, says when it (re)started, and survives a broken connection', async () => {
  await using test = await createTestDatabase();
  const stop = new AbortController();
  const heard = new PassThrough({ objectMode: true });
  const next = async (): Promise<unknown> => {
    if (heard.readableLength === 0) await once(heard, 'readable');
    return heard.read();
  };
  const errors: unknown[] = [];
  const channel = 'Jobs; drop table x';
  const listening = listen(test.database, {
    channel,
    onNotify: (payload) => heard.write({ payload }),
    onError: (error) => errors.push(error),
    signal: stop.signal,
  });

  expect(await next()).toEqual({ payload: undefined });
  await sql`select pg_notify(${channel}, 'one')`.execute(test.db);
  expect(await next()).toEqual({ payload: 'one' });

  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen%'`.execute(test.db);
  expect(await next()).toEqual({ payload: undefined });
  expect(errors).toHaveLength(1);
  await sql`select pg_notify(${channel}, 'two')`.execute(test.db);
  expect(await next()).toEqual({ payload: 'two' });

  stop.abort();
  await listening;
  const { rows } = await sql`select 1 from pg_stat_activity
    where datname = current_database() and query like 'listen%'`.execute(test.db);
  expect(rows).toEqual([]);
});

test('ends at once when stopped while the server is away', async () => {
  const stop = new AbortController();
  await using nowhere = openDatabase({ server: 'postgres://nobody@127.0.0.1:9/none' });
  const errors: unknown[] = [];
  await listen(nowhere, {
    channel: 'jobs',
    onNotify: () => expect.unreachable(),
    onError: (error) => {
      errors.push(error);
      stop.abort();
    },
    signal: stop.signal,
  });
  expect(errors).toHaveLength(1);
});
