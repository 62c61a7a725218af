import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDirectory } from '../test/create-test-directory.ts';
import { testEngineDir } from '../test/test-engine-dir.ts';
import { type KeptPostgres, keepPostgres, type PostgresEvent } from './keep-postgres.ts';

const settings = { dynamic_shared_memory_type: 'mmap', fsync: 'off' };
const times = { firstPause: 10, longestPause: 40, longestPauseAfterStart: 40, steady: 60_000, lastWordAfter: 3 };

async function keep(dataDir: string) {
  const events = new PassThrough({ objectMode: true });
  const postgres = await keepPostgres({
    dataDir,
    engineDir: testEngineDir,
    settings,
    times,
    onEvent: (event) => events.write(event),
  });
  const next = async (): Promise<PostgresEvent> => {
    if (events.readableLength === 0) await once(events, 'readable');
    return events.read() as PostgresEvent;
  };
  return { postgres, next };
}

async function connect({ connection }: KeptPostgres): Promise<pg.Client> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

test('a server that was killed is back at the same address with what was committed, though a backend still computes', async () => {
  await using directory = await createTestDirectory();
  const { postgres, next } = await keep(directory.path);
  await using _ = postgres;
  const writer = await connect(postgres);
  await writer.query('create table entry as select 7 as value');
  const worker = await connect(postgres);
  const begun = once(worker, 'notice');
  // It would hold the data for minutes: the new server may not start beside it.
  const work = worker
    .query(
      "do $$ begin raise notice 'begun'; perform count(md5(i::text)) from generate_series(1, 400000000) as i; end $$",
    )
    .catch((error: Error) => error);
  await begun;
  const killed = postgres.pid;
  process.kill(killed, 'SIGKILL');
  expect(await next()).toEqual({ kind: 'ended', why: 'PostgreSQL was ended by SIGKILL', againInMs: 10 });
  expect(await next()).toMatchObject({ kind: 'started' });
  expect(postgres.pid).not.toBe(killed);
  expect(await work).toBeInstanceOf(Error);
  const reader = await connect(postgres);
  expect((await reader.query('select value from entry')).rows).toEqual([{ value: 7 }]);
  await Promise.all([reader, writer, worker].map((client) => client.end().catch(() => undefined)));
});

test('a server that cannot start is tried with growing pauses, says a last word once, and is back once it can', async () => {
  await using directory = await createTestDirectory();
  const { postgres, next } = await keep(directory.path);
  await using _ = postgres;
  const control = join(directory.path, 'postgres/18/data/global/pg_control');
  await rename(control, `${control}.away`);
  process.kill(postgres.pid, 'SIGKILL');
  expect(await next()).toMatchObject({ kind: 'ended' });
  const failures = [await next(), await next(), await next(), await next()];
  expect(failures).toMatchObject([
    { kind: 'notStarted', attempts: 1, againInMs: 20, isLastWord: false },
    { kind: 'notStarted', attempts: 2, againInMs: 40, isLastWord: false },
    { kind: 'notStarted', attempts: 3, againInMs: 40, isLastWord: true },
    { kind: 'notStarted', attempts: 4, againInMs: 40, isLastWord: false },
  ]);
  expect(postgres.pid).toBe(0);
  await rename(`${control}.away`, control);
  for (;;) {
    const event = await next();
    if (event.kind === 'started') break;
    expect(event.kind).toBe('notStarted');
  }
  const client = await connect(postgres);
  await client.end();
});

test('stopped while it waits to start again, it starts no more', async () => {
  await using directory = await createTestDirectory();
  const { postgres, next } = await keep(directory.path);
  process.kill(postgres.pid, 'SIGKILL');
  await next();
  await postgres.stop();
  expect(postgres.pid).toBe(0);
  const again = await keep(directory.path);
  await again.postgres.stop();
});
