import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type RunningNode, startNode } from '@callable/node';
import { addressOf, ChunkSet, type Digest } from '@callable/protocol';
import { type Client, createClient, leaseChunks, listNodes, listStatements, makeStatement } from '@callable/sdk';
import {
  createUser,
  doublingRelease,
  fetchFrom,
  publicAddressOf,
  publishDirectly,
  randomKey,
  type User,
} from '@callable/stand-ins';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killTree } from './support/kill-tree.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNodeProcess } from './support/start-node-process.ts';
import { type Egress, type Origin, startOrigin } from './support/start-origin.ts';
import { untilTrue } from './support/until-true.ts';

/** Ten chunks. */
const padding = 40_000_000;
const log = pino({ level: process.env.NODE_LOG ?? 'silent' });

let data: AsyncDisposable & { path: string };
let origin: Origin;
let egress: Egress;
let nodes: RunningNode[];
let publisher: User;

beforeEach(async () => {
  data = await openTempDir();
  egress = { bytes: 0, left: Number.POSITIVE_INFINITY, waits: () => {} };
  origin = await startOrigin(join(data.path, 'hub'), egress);
  nodes = [];
  publisher = createUser(origin.url);
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  await origin[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

async function startNodes(count: number): Promise<void> {
  const started = Array.from({ length: count }, (_, number) => {
    const key = randomKey();
    const settings = { hubUrl: origin.url, dataDir: join(data.path, `node-${number}`), key, gateways: [] };
    // Each in a network of its own: those of one are one voice.
    const hub = createClient(origin.url, { key, fetch: fetchFrom(publicAddressOf(addressOf(key))) });
    return startNode({ ...settings, memoryBytes: 4e9, diskBytes: 1e9 }, { log, hub });
  });
  nodes.push(...(await Promise.all(started)));
  await untilConnected(count);
}

const untilConnected = (count: number) =>
  untilTrue(`${count} connected nodes`, async () => {
    const known = (await listNodes(publisher.client)).nodes;
    return known.filter(({ connected }) => connected).length === count;
  });

async function publish(name: string) {
  const release = doublingRelease(
    { publisher: publisher.address, name },
    { padding, salt: 1 + Math.floor(Math.random() * 200) },
  );
  const { digest } = await publishDirectly(publisher, release);
  const [file] = release.manifest.files;
  if (!file) throw new Error('A release has a file.');
  return { digest, file };
}

const untilAllValidated = (digest: Digest, count: number) =>
  untilTrue(
    `${count} validations`,
    async () => {
      const { statements } = await listStatements(publisher.client, digest);
      const findings = statements.filter(({ statement }) => statement.kind === 'release.validated');
      expect(findings.filter(({ statement }) => statement.body['ok'] !== true)).toEqual([]);
      return findings.length === count;
    },
    120_000,
  );

const untilHeldUp = () =>
  new Promise<void>((resolve) => {
    egress.waits = resolve;
  });

it('five cold nodes that are asked for one release at once cost the hub one copy', async () => {
  await startNodes(5);
  const { digest, file } = await publish('herd');
  await untilAllValidated(digest, 5);
  expect(egress.bytes / file.size).toBeLessThanOrEqual(1.1);

  // And one that comes later, when nobody is fetching any more, none.
  const before = egress.bytes;
  const late = randomKey();
  const client: Client = { ...publisher.client, key: late };
  await joinAs(client);
  const request = { file: file.sha256, release: digest, working: [], want: 16, dropped: [], waitMs: 0 };
  const have = new ChunkSet(file.chunks.length).toHex();
  await untilTrue('five holders', async () => {
    const { peers, origin: granted } = await leaseChunks(client, { ...request, have, peerUrl: null });
    return peers.length === 5 && granted.length === 0;
  });
  expect(egress.bytes).toBe(before);
}, 180_000);

it('a peer that lies is dropped and told of by those it lied to, and the file arrives', async () => {
  const requests = new Set<string>();
  const liar = createServer((request, response) => {
    requests.add(request.url ?? '');
    const length = Number(request.url?.split('/').at(-1)) < 9 ? 4 * 1024 * 1024 : 1;
    response.writeHead(200, { 'content-length': length }).end(randomBytes(length));
  }).listen(0, '127.0.0.1');
  await once(liar, 'listening');
  try {
    const key = randomKey();
    const client: Client = { ...publisher.client, key };
    await joinAs(client);
    await startNodes(3);
    egress.left = 0;
    const heldUp = untilHeldUp();
    const { digest, file } = await publish('lied-about');
    await heldUp;
    const peerUrl = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
    const have = ChunkSet.full(file.chunks.length).toHex();
    const claim = { file: file.sha256, release: digest, have, working: [], want: 0, peerUrl, dropped: [], waitMs: 0 };
    await leaseChunks(client, claim);
    await untilTrue('somebody asks the liar', async () => requests.size > 0);
    egress.left = Number.POSITIVE_INFINITY;
    await untilAllValidated(digest, 3);
    const told = await origin.ctx.db
      .selectFrom('statement')
      .selectAll()
      .where('kind', '=', 'source.refuted')
      .where('subject', '=', addressOf(key))
      .execute();
    expect(told.length).toBeGreaterThan(0);
    expect(egress.bytes / file.size).toBeLessThanOrEqual(1.1);
  } finally {
    liar.closeAllConnections();
    liar.close();
  }
}, 180_000);

it('kill -9 of a node in the midst of a fetch: it goes on with what it had', async () => {
  await using home = await openTempDir();
  await using place = await openTempDir();
  const first = await startNodeProcess(origin.url, place.path, home.path);
  await untilConnected(1);
  egress.left = 5;
  const { digest, file } = await publish('killed');
  await untilTrue(
    'five chunks in the journal',
    async () => (await findJournalled(place.path, file.chunks.length)).size === 5,
  );
  await killTree(first.process.pid);
  await first.process.ended;
  egress.left = Number.POSITIVE_INFINITY;
  // The lease of its task has a minute to go.
  await origin.ctx.db.updateTable('job').set({ lease_until: 0 }).where('state', '=', 'leased').execute();
  const second = await startNodeProcess(origin.url, place.path, home.path);
  await untilAllValidated(digest, 1);
  expect(egress.bytes).toBe(file.size);
  second.process.child.kill('SIGINT');
  await second.process.ended;
}, 180_000);

it('a hub that restarts in the midst of it forgets who fetches what, and nothing is fetched again', async () => {
  await startNodes(3);
  egress.left = 4;
  const { digest, file } = await publish('restarted');
  // Only what was on its way may be sent twice, and nothing is.
  await untilTrue('four chunks on the disks of nodes', async () => {
    const arrived = await findJournalled(data.path, file.chunks.length);
    return arrived.size === 4;
  });
  await origin[Symbol.asyncDispose]();
  egress.left = Number.POSITIVE_INFINITY;
  origin = await startOrigin(join(data.path, 'hub'), egress, origin.port);
  await untilAllValidated(digest, 3);
  expect(egress.bytes / file.size).toBeLessThanOrEqual(1.1);
}, 180_000);

/** The chunks that journals of partial files below this directory name. */
async function findJournalled(directory: string, chunks: number): Promise<ChunkSet> {
  const found = new ChunkSet(chunks);
  for (const name of await readdir(directory, { recursive: true })) {
    if (!name.endsWith('.partial.chunks')) continue;
    const journal = ChunkSet.parse(await readFile(join(directory, name), 'utf8').catch(() => ''), chunks);
    for (let index = 0; index < chunks; index++) if (journal?.has(index)) found.add(index);
  }
  return found;
}

async function joinAs(client: Client): Promise<void> {
  if (!client.key) throw new Error('A node has a key.');
  const subject = addressOf(client.key);
  const body = { software: 'test/1', memoryBytes: 1e9, slots: 1 };
  await makeStatement(client, { kind: 'node.joined', subject, body });
}
