import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Address,
  ChunkSet,
  chunkBytes,
  type Digest,
  type FetchAnswer,
  type FetchRequest,
} from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { describeFile } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchFile } from './fetch-file.ts';
import type { FetchParts, Refutation } from './fetch-parts.ts';

const release = `sha256:${'0'.repeat(64)}` as Digest;
const self = `0x${'a'.repeat(40)}` as Address;
const nodeOf = (number: number) => `0x${String(number).repeat(40)}` as Address;
const bytes = randomBytes(3 * chunkBytes + 1000);
const file = describeFile('model.onnx', bytes);
const chunkAt = (index: number) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);

let directory: string;
let servers: Server[];
let refuted: Refutation[];
/** Chunks the hub sent. */
let fromHub: number[];
let asked: FetchRequest[];
let answerLease: (request: FetchRequest) => FetchAnswer | null;
let hubUrl: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-swarm-'));
  [servers, refuted, fromHub, asked] = [[], [], [], []];
  answerLease = answerWith({});
  hubUrl = await serve(playHub);
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(directory, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const playHub: RequestListener = async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  if (request.url === '/v1/fetches/lease') {
    const body = JSON.parse(Buffer.concat(pieces).toString()) as FetchRequest;
    asked.push(body);
    const answer = answerLease(body);
    response.writeHead(answer ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
    return;
  }
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  fromHub.push(Number(first) / chunkBytes);
  response.writeHead(206).end(bytes.subarray(Number(first), Number(last) + 1));
};

/** Leases whatever nobody among these peers has, and names them unless the node dropped them. */
const answerWith =
  (peers: Record<Address, { url: string; have?: number[] }>) =>
  ({ have, working, want, dropped }: FetchRequest): FetchAnswer => {
    const held = ChunkSet.parse(have, file.chunks.length) as ChunkSet;
    const usable = Object.entries(peers)
      .filter(([node]) => !dropped.includes(node as Address))
      .map(([node, { url, have: chunks = [0, 1, 2, 3] }]) => ({ node: node as Address, url, chunks }));
    const lacking = [0, 1, 2, 3].filter((index) => !held.has(index) && !working.includes(index));
    const origin = lacking.filter((index) => !usable.some((peer) => peer.chunks.includes(index))).slice(0, want);
    const setOf = (chunks: number[]) => {
      const set = new ChunkSet(file.chunks.length);
      for (const index of chunks) set.add(index);
      return set.toHex();
    };
    const named = usable.map(({ node, url, chunks }) => ({ node, url, have: setOf(chunks) }));
    return { origin, leaseMs: 15_000, peers: named, fetching: 2, underWay: false };
  };

const honest: RequestListener = (request, response) => {
  const index = Number(request.url?.split('/').at(-1));
  response.writeHead(200, { 'content-length': chunkAt(index).length }).end(chunkAt(index));
};

async function fetchIt(parts: Partial<FetchParts> = {}) {
  const key = '11'.repeat(32);
  const hub = createClient(hubUrl, { key: Buffer.from(key, 'hex') as never, audiences: { hub: self } });
  const swarm = { address: self, peerUrl: () => 'http://127.0.0.1:1', scope: 'loopback' as const };
  const target = join(directory, file.sha256);
  await fetchFile(
    {
      hub,
      clock: Date.now,
      swarm,
      aggregators: [],
      share: () => ({ [Symbol.dispose]() {} }),
      refute: (found) => refuted.push(found),
      ...parts,
    },
    release,
    file,
    target,
  );
  expect(
    createHash('sha256')
      .update(await readFile(target))
      .digest('hex'),
  ).toBe(file.sha256);
}

describe('a file from several sources', () => {
  test('what peers have is not taken from the hub', async () => {
    answerLease = answerWith({
      [nodeOf(1)]: { url: await serve(honest), have: [0, 1] },
      [nodeOf(2)]: { url: await serve(honest), have: [2] },
    });
    await fetchIt();
    expect(fromHub).toEqual([3]);
    expect(asked.at(-1)).toMatchObject({ have: '0f', working: [], want: 0 });
  });

  test('a peer that is busy is asked again', async () => {
    let busy = 3;
    const url = await serve((request, response) => {
      if (busy-- > 0) response.writeHead(503).end();
      else honest(request, response);
    });
    answerLease = answerWith({ [nodeOf(1)]: { url } });
    await fetchIt();
    expect(fromHub).toEqual([]);
  });

  test('without leases the hub alone sends everything', async () => {
    answerLease = () => null;
    hubUrl = await serve((request, response) => {
      if (request.method === 'POST') response.writeHead(404).end('{}');
      else void playHub(request, response);
    });
    await fetchIt({ swarm: null });
    expect(fromHub.toSorted()).toEqual([0, 1, 2, 3]);
  });

  test('a hub that forgets nodes, or knows of nobody who fetches, holds nobody up', async () => {
    answerLease = () => ({ origin: [], leaseMs: 15_000, peers: [], fetching: 1, underWay: false });
    await fetchIt();
    expect(fromHub.toSorted()).toEqual([0, 1, 2, 3]);
  });

  test('attack: others are said to fetch, and nothing ever comes: the hub is asked without a lease', async () => {
    let now = 0;
    answerLease = () => {
      now += 9_000;
      return { origin: [], leaseMs: 15_000, peers: [], fetching: 2, underWay: true };
    };
    await fetchIt({ clock: () => now });
    expect(fromHub.toSorted()).toEqual([0, 1, 2, 3]);
    // Ten seconds after the hub's word has counted for a minute.
    expect(now).toBeGreaterThan(60_000);
    expect(now).toBeLessThan(100_000);
  });
});

describe('hostile peers', () => {
  const wrong = randomBytes(chunkBytes);

  test('attack: wrong bytes: the peer is dropped at once and reported, the file arrives', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests++;
      const { length } = chunkAt(Number(request.url?.split('/').at(-1)));
      response.writeHead(200, { 'content-length': length }).end(wrong.subarray(0, length));
    });
    answerLease = answerWith({ [nodeOf(1)]: { url } });
    await fetchIt();
    expect(fromHub.toSorted()).toEqual([0, 1, 2, 3]);
    expect(requests).toBeLessThanOrEqual(3);
    expect(refuted.length).toBe(requests);
    expect(refuted[0]).toMatchObject({ source: { node: nodeOf(1), url }, file: file.sha256 });
    expect(asked.some((request) => request.dropped.includes(nodeOf(1)))).toBe(true);
  });

  const attacks: [string, RequestListener][] = [
    ['an empty answer', (_, response) => response.writeHead(200, { 'content-length': 0 }).end()],
    [
      'a truncated one',
      (_, response) => response.writeHead(200, { 'content-length': chunkBytes }).write('x', () => response.destroy()),
    ],
    [
      'an endless one',
      (_, response) => {
        const pour = () => response.writable && response.write(wrong, pour);
        response.writeHead(200);
        pour();
      },
    ],
    ['one larger than the chunk', (_, response) => response.writeHead(200, { 'content-length': 2 ** 40 }).end(wrong)],
    [
      'a redirect to the hub',
      (_, response) => response.writeHead(302, { location: `${hubUrl}/v1/files/${file.sha256}` }).end(),
    ],
    ['a failure', (_, response) => response.writeHead(500).end('oops')],
    ['nonsense', (request) => request.socket.end('SSH-2.0-OpenSSH\r\n')],
    ['a closed door', (request) => request.socket.destroy()],
    ['nothing it has', (_, response) => response.writeHead(404).end()],
  ];
  test.each(attacks)(
    'attack: %s instead of a chunk: the rest comes from the hub, and nobody is refuted',
    async (_, play) => {
      answerLease = answerWith({ [nodeOf(1)]: { url: await serve(play) } });
      await fetchIt();
      expect(fromHub.toSorted()).toEqual([0, 1, 2, 3]);
      expect(refuted).toEqual([]);
    },
  );

  test('attack: addresses this node does not dial', async () => {
    let knocked = 0;
    const url = await serve((_, response) => {
      knocked++;
      response.end();
    });
    const { port } = new URL(url);
    answerLease = answerWith({
      [nodeOf(1)]: { url },
      [nodeOf(2)]: { url: `http://localhost:${port}` },
      [nodeOf(3)]: { url: `${url}/admin` },
      [nodeOf(4)]: { url: 'http://169.254.169.254' },
      [nodeOf(5)]: { url: `http://[::ffff:127.0.0.1]:${port}` },
    });
    await fetchIt({ swarm: { address: self, peerUrl: () => null, scope: 'public' } });
    expect(fromHub.toSorted()).toEqual([0, 1, 2, 3]);
    expect(knocked).toBe(0);
  });
});
