import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chunkBytes, type Digest, type ManifestFile, type ReleaseView } from '@callable/protocol';
import { leaseTask } from '@callable/sdk';
import {
  conditionOf,
  describeFile,
  emptyAnnouncement,
  isTrue,
  joinAsNode,
  publishBytes,
  sha256,
  tellHoldings,
  untilRelease,
} from '@callable/stand-ins';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registerHub, serverOptions } from '../src/index.ts';
import { chooseChunks } from '../src/path/choose-chunks.ts';
import { findWalrusSource } from '../src/path/walrus-source.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
let servers: Server[] = [];
beforeAll(async () => {
  hub = await startTestHub();
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
  Object.assign(hub.ctx.config, { aggregators: [], peerScope: 'loopback' });
});
afterAll(() => hub[Symbol.asyncDispose]());

const pathOf = (bytes: Uint8Array) => join(hub.ctx.config.dataDir, 'blobs', sha256(bytes).slice(0, 2), sha256(bytes));

/** Lets the hub's next reading happen now instead of in 19 hours. */
async function readBackNow(release: string): Promise<void> {
  await hub.database.db
    .updateTable('job')
    .set({ run_at: 0 })
    .where('release', '=', release as never)
    .where('step', '=', 'store')
    .execute();
  hub.ctx.changes.emit({ topic: 'job', subject: 'hub' });
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A node that holds the release and gives `answer` for each chunk. */
async function joinSeeder(release: string, answer: (index: number) => Uint8Array) {
  const peerUrl = await serve((request, response) => response.end(answer(Number(request.url?.split('/').at(-1)))));
  await announceSeeder(release, peerUrl);
}

async function announceSeeder(release: string, peerUrl: string) {
  const client = hub.client();
  await joinAsNode(client);
  await leaseTask(client, { announcement: { ...emptyAnnouncement, peerUrl }, waitMs: 0 });
  await tellHoldings(client, [release as Digest]);
}

async function publishStored(bytes: Uint8Array, name: string): Promise<string> {
  const publisher = hub.client();
  const { digest } = await publishBytes(publisher, bytes, { name });
  await untilRelease(publisher, digest, isTrue('Stored'));
  return digest;
}

async function reasonOfLoss(digest: string): Promise<string> {
  const isLost = (view: ReleaseView) => conditionOf(view, 'Stored').status === 'False';
  return conditionOf(await untilRelease(hub.client(), digest, isLost), 'Stored').reason;
}

const untilMended = (digest: string, from: string) =>
  untilRelease(hub.client(), digest, (view) => conditionOf(view, 'Stored').message.includes(`came back from ${from}`));

describe('what is stored is read back again', () => {
  it('over the route by which nodes read it, with ranges', async () => {
    const asked: string[] = [];
    const seen = (request: { url: string; headers: { range?: string } }) => {
      if (request.url.startsWith('/v1/files/')) asked.push(`${request.url} ${request.headers.range}`);
    };
    const other = fastify(serverOptions);
    other.addHook('onRequest', async (request) => seen(request as never));
    await using watched = await serveHub(other);
    const bytes = randomBytes(chunkBytes + 5);
    await publishStored(bytes, 'watched');
    // Eight chunks at a time, and both ends.
    expect(asked).toEqual([`/v1/files/${sha256(bytes)} bytes=0-${8 * chunkBytes - 1}`]);
    expect(watched.url).toBe(hub.ctx.ownAddress.url());
  });

  it('finds damage, and mends it from an honest node although another one lies', async () => {
    const bytes = randomBytes(chunkBytes + 100);
    const digest = await publishStored(bytes, 'audited');
    await joinSeeder(digest, () => randomBytes(100));
    await joinSeeder(digest, (index) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes));
    await writeFile(pathOf(bytes), randomBytes(bytes.length));
    await readBackNow(digest);
    const mended = await untilMended(digest, 'a node');
    expect(conditionOf(mended, 'Stored').status).toBe('True');
  });

  it.each([
    ['a server inside, where the hub asks public addresses only', '', 'public'],
    ['a path and a query of its choosing', '/admin/delete?all=1&x=', 'loopback'],
  ] as const)('attack: a node sends the hub that repairs a file to %s: nobody is asked', async (what, tail, scope) => {
    const asked: string[] = [];
    const inside = await serve((request, response) => {
      asked.push(String(request.url));
      response.end();
    });
    const bytes = randomBytes(200);
    const digest = await publishStored(bytes, `aimed-${scope}`);
    await announceSeeder(digest, `${inside}${tail}`);
    Object.assign(hub.ctx.config, { peerScope: scope });
    await writeFile(pathOf(bytes), randomBytes(bytes.length));
    await readBackNow(digest);
    expect(await reasonOfLoss(digest), what).toBe('HashMismatch');
    expect(asked).toEqual([]);
  });

  it.each([
    ['truncated', (path: string) => truncate(path, 50)],
    ['emptied', (path: string) => truncate(path, 0)],
    ['longer', (path: string) => truncate(path, 101)],
  ])('says HashMismatch of a file that is %s when nobody can help', async (name, damage) => {
    const lonely = randomBytes(100);
    const digest = await publishStored(lonely, `lonely-${name}`);
    await damage(pathOf(lonely));
    await readBackNow(digest);
    expect(await reasonOfLoss(digest)).toBe('HashMismatch');
  });

  it('of a large file at random: a chunk that is cut off is missed', async () => {
    const large = Buffer.alloc(17 * chunkBytes, randomBytes(1000));
    const digest = await publishStored(large, 'large');
    // Every chunk but the first is gone, so that at least fifteen of sixteen lie behind the end.
    await truncate(pathOf(large), chunkBytes);
    await readBackNow(digest);
    expect(await reasonOfLoss(digest)).toBe('HashMismatch');
  });

  it('a hub that does not listen yet says nothing about any file', async () => {
    const bytes = randomBytes(300);
    const { ownAddress } = hub.ctx;
    const url = ownAddress.url.bind(ownAddress);
    ownAddress.url = () => null;
    const { digest } = await publishBytes(hub.client(), bytes, { name: 'early' });
    const job = () =>
      hub.database.db
        .selectFrom('job')
        .selectAll()
        .where('release', '=', digest)
        .where('step', '=', 'store')
        .executeTakeFirst();
    const before = await job();
    // Its time is put off again and again, and no failure is counted.
    while (((await job())?.run_at ?? 0) === before?.run_at) await new Promise((resolve) => setImmediate(resolve));
    expect(await job()).toMatchObject({ last_error: null });
    ownAddress.url = url;
    await untilRelease(hub.client(), digest, isTrue('Stored'));
  });

  it('looks at distinct chunks, at most sixteen, anywhere in the file', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const chosen = chooseChunks(40, randomBytes);
      expect(new Set(chosen).size).toBe(16);
      for (const index of chosen) seen.add(index);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(chooseChunks(3, randomBytes).sort()).toEqual([0, 1, 2]);
  });
});

describe('damage is mended from Walrus', () => {
  const bytes = randomBytes(2 * chunkBytes + 700);
  const file = describeFile('model.onnx', bytes) as ManifestFile;
  const [first, second] = ['A'.repeat(43), 'B'.repeat(43)];
  const blobs = new Map([
    [first, bytes.subarray(0, chunkBytes)],
    [second, bytes.subarray(chunkBytes)],
  ]);

  /** Gives the blobs out as an aggregator does, after `change`. */
  const aggregate =
    (change: (piece: Buffer) => Buffer = (piece) => piece): RequestListener =>
    (request, response) => {
      const blob = blobs.get(/^\/v1\/blobs\/([\w-]{43})/.exec(request.url ?? '')?.[1] ?? '');
      // Aggregators refuse a range that is open at either end.
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (!blob || from === undefined || Number(to) >= blob.length) return void response.writeHead(416).end();
      response.writeHead(206).end(change(Buffer.from(blob.subarray(Number(from), Number(to) + 1))));
    };

  const liars: [string, RequestListener][] = [
    ['lies', aggregate((piece) => randomBytes(piece.length))],
    ['truncates', aggregate((piece) => piece.subarray(0, 1000))],
    ['sends more than it was asked for', aggregate((piece) => Buffer.concat([piece, piece]))],
    ['stalls', (_, response) => void response.writeHead(206, { 'content-length': chunkBytes }).write('x')],
    ['is silent', () => {}],
    [
      'answers 200 with an error inside',
      (_, response) => void response.end('{"error":{"status":"NOT_FOUND","code":404}}'),
    ],
    ['breaks off', (request) => void request.socket.destroy()],
  ];

  it.each(liars)('attack: an aggregator that %s costs only time', async (name, lie) => {
    const digest = await publishStored(bytes, `walrus-${name.replaceAll(' ', '-')}`);
    await hub.database.db.deleteFrom('walrus_part').where('sha256', '=', file.sha256).execute();
    await hub.database.db
      .insertInto('walrus_part')
      .values([
        { sha256: file.sha256, offset: 0, size: chunkBytes, blob_id: first },
        { sha256: file.sha256, offset: chunkBytes, size: chunkBytes + 700, blob_id: second },
      ])
      .execute();
    Object.assign(hub.ctx.config, { aggregators: [await serve(lie), await serve(aggregate())] });
    await rm(pathOf(bytes));
    await readBackNow(digest);
    const mended = await untilMended(digest, 'Walrus');
    expect(conditionOf(mended, 'Stored').status).toBe('True');
  });

  it('only when all blob IDs of the file are known and an aggregator is configured', async () => {
    expect(await findWalrusSource(hub.ctx, file)).toBeNull();
    Object.assign(hub.ctx.config, { aggregators: ['http://127.0.0.1:1'] });
    expect(await findWalrusSource(hub.ctx, file)).not.toBeNull();
    await hub.database.db.deleteFrom('walrus_part').where('blob_id', '=', second).execute();
    expect(await findWalrusSource(hub.ctx, file)).toBeNull();
  });
});

/** The hub's API on one more server, where it then looks first. */
async function serveHub(server: FastifyInstance) {
  const { ownAddress } = hub.ctx;
  const before = ownAddress.url.bind(ownAddress);
  await registerHub(server as never, hub.ctx);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  ownAddress.url = () => url;
  return {
    url,
    async [Symbol.asyncDispose]() {
      ownAddress.url = before;
      await server.close();
    },
  };
}
