import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { getRelease } from '@callable/sdk';
import { isTrue, publishBytes, untilRelease } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './create-test-database.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

/** A way to the database that can be cut: the hub sees what it sees when a server is gone and when it is back. */
async function startWay(database: TestDatabase) {
  const target = new URL(database.url);
  const { connect } = await import('node:net');
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
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
    mend() {
      isCut = false;
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
    expect(failed.status).toBe(500);
    const text = await failed.text();
    expect(text).toContain('"code":"Internal"');
    expect(text).not.toMatch(/ECONN|postgres|select/i);
    way.mend();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    const { digest } = await publishBytes(hub.client(), randomBytes(100));
    await untilRelease(hub.client(), digest, isTrue('Stored'));
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
