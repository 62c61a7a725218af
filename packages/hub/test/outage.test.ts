import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { getRelease, watchRelease } from '@callable/sdk';
import { isTrue, publishBytes, untilRelease } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './create-test-database.ts';
import { createTestPlace, startTestHub, type TestHub } from './start-test-hub.ts';

/** A way to the database that can be cut: the hub sees what it sees when a server is gone and when it is back. */
async function startWay(database: TestDatabase) {
  const target = new URL(database.url);
  const { connect } = await import('node:net');
  const open = new Set<Socket>();
  let isCut = false;
  let isFrozen = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    if (isFrozen) {
      // The system takes the connection, and nobody speaks.
      open.add(near.pause());
      near.on('error', () => undefined);
      return;
    }
    const socketPath =
      target.searchParams.get('host') ??
      (target.hostname.startsWith('%2F') ? decodeURIComponent(target.hostname) : null);
    const port = Number(target.port || target.searchParams.get('port') || 5432);
    const far = socketPath ? connect(`${socketPath}/.s.PGSQL.${port}`) : connect(port, target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.search = '';
  const { port } = server.address() as { port: number };
  const credentials = `${url.username}${url.password ? `:${url.password}` : ''}`;
  return {
    url: `postgres://${credentials}@127.0.0.1:${port}${url.pathname}`,
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    /** Nothing ends and nothing is answered, on connections that are there as on new ones. */
    freeze() {
      isFrozen = true;
      for (const socket of open) socket.pause();
    },
    /** A server that is there again knows none of the connections of before. */
    mend() {
      isCut = false;
      if (isFrozen) for (const socket of open) socket.destroy();
      isFrozen = false;
    },
    close() {
      this.cut();
      server.close();
    },
  };
}

describe('a hub whose database', () => {
  let hub: TestHub;
  let database: TestDatabase;
  let way: Awaited<ReturnType<typeof startWay>>;
  beforeAll(async () => {
    database = await createTestDatabase();
    way = await startWay(database);
    hub = await startTestHub({ config: { databaseUrl: way.url } });
  });
  afterAll(async () => {
    way.mend();
    await hub[Symbol.asyncDispose]();
    way.close();
    await database[Symbol.asyncDispose]();
  });
  const ready = async () => (await fetch(`${hub.url}/readyz`)).status;

  it('is gone says so, answers what it can, and goes on by itself when it is back', async () => {
    expect(await ready()).toBe(200);
    way.cut();
    expect(await ready()).toBe(503);
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200);
    const failed = await fetch(`${hub.url}/v1/releases`);
    expect(failed.status).toBe(503);
    expect(failed.headers.get('retry-after')).toBe('1');
    const text = await failed.text();
    expect(text).toContain('"code":"DatabaseUnavailable"');
    expect(text).not.toMatch(/ECONN|postgres|select|127\.0\.0\.1/i);
    way.mend();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    const { digest } = await publishBytes(hub.client(), randomBytes(100));
    await untilRelease(hub.client(), digest, isTrue('Stored'));
  });

  it('stands still: requests under way and later ones are answered 503 within two seconds, an event stream goes on', async () => {
    const client = hub.client();
    const { digest } = await publishBytes(client, randomBytes(100), { name: 'followed' });
    const stop = new AbortController();
    const views = watchRelease(client, digest, { signal: stop.signal, attempts: 1 });
    expect((await views.next()).value?.digest).toBe(digest);
    way.freeze();
    const began = performance.now();
    const hanging = await Promise.all(Array.from({ length: 15 }, () => fetch(`${hub.url}/v1/releases`)));
    const waited = performance.now() - began;
    expect(hanging.map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => 503));
    const health = await fetch(`${hub.url}/readyz`);
    expect(await health.json()).toMatchObject({ checks: { database: 'unreachable: it stands still' } });
    const signed = await publishBytes(client, randomBytes(100), { name: 'refused' }).catch((error: unknown) => error);
    expect(signed).toMatchObject({ code: 'DatabaseUnavailable', status: 503, retry: true });
    // Looks are counted, so a machine that gives this process no time makes them longer: 2 s where it does.
    expect(waited).toBeLessThan(6_000);
    way.mend();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    // The stream that was open all the time tells what happens afterwards.
    const next = (async () => {
      for await (const view of views) if (isTrue('Stored')(view)) return view.digest;
      return null;
    })();
    await publishBytes(client, randomBytes(100), { name: 'after' });
    expect(await next).toBe(digest);
    stop.abort();
  });

  it('was replaced by one that only reads: reads go on, writes are refused, and no connection stays with the old one', async () => {
    const client = hub.client();
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.db);
    const turn = (word: string) =>
      sql`alter database ${sql.id(rows[0]?.name ?? '')} set default_transaction_read_only = ${sql.raw(word)}`;
    await turn('on').execute(database.db);
    try {
      // What is connected already would write on.
      way.cut();
      way.mend();
      await expect.poll(ready, { timeout: 10_000 }).toBe(200);
      expect((await fetch(`${hub.url}/v1/releases`)).status).toBe(200);
      const refused = await publishBytes(client, randomBytes(100), { name: 'read-only' }).catch(
        (error: unknown) => error,
      );
      expect(refused).toMatchObject({ code: 'DatabaseUnavailable' });
    } finally {
      await sql`set default_transaction_read_only = off`.execute(database.db);
      await turn('off').execute(database.db);
    }
    await expect
      .poll(() => publishBytes(client, randomBytes(100), { name: 'read-only' }).then(() => 'taken', String), {
        timeout: 10_000,
      })
      .toBe('taken');
  });

  it('ends every connection again and again, in the middle of transactions, stays up and loses nothing', async () => {
    const terminate = () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`.execute(database.db);
    const client = hub.client();
    const published: string[] = [];
    const publishing = Array.from({ length: 6 }, async (_, i) => {
      const bytes = randomBytes(200);
      for (let attempt = 0; attempt < 50; attempt++) {
        const result = await publishBytes(client, bytes, { name: `survives-${i}` }).catch(() => null);
        if (result) return void published.push(result.digest);
      }
      throw new Error('it never got through');
    });
    const held = hub.ctx.db
      .transaction()
      .execute((tx) => sql`select pg_sleep(30)`.execute(tx))
      .catch((error: unknown) => error);
    for (let i = 0; i < 8; i++) {
      await terminate();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await held).toBeInstanceOf(Error);
    await Promise.all(publishing);
    expect(published).toHaveLength(6);
    for (const digest of published) await untilRelease(client, digest, isTrue('Stored'));
    expect((await getRelease(client, published[0] ?? '')).digest).toBe(published[0]);
    const { rows } = await sql<{ n: number; top: number }>`select count(*) n, max(seq) + 1 top from statement`.execute(
      database.db,
    );
    expect(rows[0]?.n).toBe(rows[0]?.top);
    expect(await ready()).toBe(200);
  });

  it('is idle in a transaction when its connection ends does not end the process', async () => {
    await expect(
      hub.ctx.db.transaction().execute(async (tx) => {
        await sql`select 1`.execute(tx);
        way.cut();
        await new Promise((resolve) => setTimeout(resolve, 200));
        way.mend();
        await sql`select 1`.execute(tx);
      }),
    ).rejects.toThrow();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  });
});

it('a hub whose database goes away while it starts says so, and ends', async () => {
  await using place = await createTestPlace();
  const way = await startWay(place.database);
  // The first thing a hub with its tables asks the time for is what it is about to say.
  const clock = () => {
    way.cut();
    return Date.now();
  };
  const starting = startTestHub({ place, config: { databaseUrl: way.url }, overrides: { clock } });
  await expect(starting).rejects.toMatchObject({
    code: 'DatabaseUnavailable',
    message: expect.stringContaining('while the hub started'),
  });
  way.close();
});
