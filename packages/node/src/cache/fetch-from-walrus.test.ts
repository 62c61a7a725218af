import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunkBytes, type Digest, type ManifestFile } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { describeRelease, type NodeHub, startNodeHub } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchFile } from './fetch-file.ts';
import type { FetchParts, Refutation } from './fetch-parts.ts';

const bytes = randomBytes(6 * chunkBytes + 1000);
const manifest = describeRelease({ 'model.onnx': bytes });
const file = manifest.files[0] as ManifestFile;
const [first, second] = ['A'.repeat(43), 'B'.repeat(43)];
/** Two parts, as a larger file has. */
const split = 4 * chunkBytes;
const parts = [
  { blobId: first, size: split },
  { blobId: second, size: bytes.length - split },
];
const all = [0, 1, 2, 3, 4, 5, 6];

let directory: string;
let hub: NodeHub;
let release: Digest;
let servers: Server[];
let refuted: Refutation[];
/** Chunks asked of aggregators. */
let fromWalrus: number[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-walrus-'));
  hub = await startNodeHub();
  release = hub.add(manifest, [bytes]);
  hub.blobs = [{ path: file.path, sha256: file.sha256, parts }];
  [servers, refuted, fromWalrus] = [[], [], []];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await hub[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function serve(play: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    fromWalrus.push(rangeOf(request.url, request.headers.range).start / chunkBytes);
    play(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function rangeOf(url = '', range = ''): { start: number; end: number } {
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  const base = url.includes(second) ? split : 0;
  return { start: base + Number(from), end: base + Number(to) + 1 };
}

const honest: RequestListener = (request, response) => {
  const { start, end } = rangeOf(request.url, request.headers.range);
  response.writeHead(206, { 'content-length': end - start }).end(bytes.subarray(start, end));
};

/** The hub sends nothing before so many chunks were asked of aggregators: else it may be done before them. */
function hubWaitsFor(requests: number): void {
  hub.serveFile = (response, _sha, offset) => {
    const send = () => {
      if (fromWalrus.length < requests) return void setTimeout(send, 5);
      const chunk = bytes.subarray(offset, offset + chunkBytes);
      response.writeHead(206, { 'content-length': chunk.length }).end(chunk);
    };
    send();
    return true;
  };
}

const fromHub = () =>
  hub.fileRequests
    .map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]) / chunkBytes)
    .sort((a, b) => a - b);
/** A hub that has lost the file. */
const refuseFiles: NodeHub['serveFile'] = (response) => {
  response.writeHead(500).end();
  return true;
};

async function fetchIt(given: Partial<FetchParts> & Pick<FetchParts, 'aggregators'>): Promise<void> {
  const target = join(directory, file.sha256);
  await fetchFile(
    {
      ...{ hub: createClient(hub.url), clock: Date.now, swarm: null, timing: { retryMs: 1 } },
      share: () => ({ [Symbol.dispose]() {} }),
      refute: (found) => refuted.push(found),
      ...given,
    },
    release,
    file,
    target,
  );
  const arrived = createHash('sha256').update(await readFile(target));
  expect(arrived.digest('hex')).toBe(file.sha256);
}

describe('Walrus aggregators as a source', () => {
  test('what they give the hub does not', async () => {
    hubWaitsFor(1);
    await fetchIt({ aggregators: [await serve(honest), await serve(honest)] });
    expect(fromWalrus.length).toBeGreaterThan(0);
    expect([...fromHub(), ...fromWalrus].sort()).toEqual(all);
  });

  test('they alone bring the file when the hub has lost it', async () => {
    hub.serveFile = refuseFiles;
    await fetchIt({ aggregators: [await serve(honest)] });
    expect(new Set(fromWalrus)).toEqual(new Set(all));
  });

  test('when they fail too the error is that of the hub', async () => {
    hub.serveFile = refuseFiles;
    const url = await serve((_, response) => void response.writeHead(500).end());
    await expect(fetchIt({ aggregators: [url] })).rejects.toMatchObject({ code: 'HubUnreachable' });
    expect(fromWalrus.length).toBeLessThanOrEqual(4);
  });

  test.each([
    ['that are not all', [parts[0]]],
    [
      'that are cut in the midst of a chunk',
      [
        { ...parts[0], size: 5 },
        { blobId: second, size: bytes.length - 5 },
      ],
    ],
    ['with names that are none', [{ blobId: '../../v1/health', size: bytes.length }]],
  ])('attack: a hub that names blobs %s: they are not asked for', async (_, named) => {
    hub.blobs = [{ path: file.path, sha256: file.sha256, parts: named }];
    await fetchIt({ aggregators: [await serve(honest)] });
    expect(fromWalrus).toEqual([]);
    expect(fromHub()).toEqual(all);
  });
});

describe('hostile aggregators', () => {
  beforeEach(() => hubWaitsFor(1));

  test('attack: wrong bytes: it is dropped at once and reported, the file arrives', async () => {
    const url = await serve((request, response) => {
      const { start, end } = rangeOf(request.url, request.headers.range);
      response.writeHead(206).end(randomBytes(end - start));
    });
    await fetchIt({ aggregators: [`${url}/secret`] });
    expect(fromHub()).toEqual(all);
    expect(refuted.length).toBe(fromWalrus.length);
    expect(refuted.length).toBeLessThanOrEqual(2);
    expect(refuted[0]).toMatchObject({ source: { node: null, url: `${url}/secret` }, file: file.sha256 });
  });

  const attacks: [string, RequestListener][] = [
    // Shorter than any chunk: the last one has a thousand bytes.
    ['a truncated answer', (_, response) => void response.writeHead(206).end(bytes.subarray(0, 999))],
    ['200 with an error inside', (_, response) => void response.end('{"error":{"code":404,"status":"NOT_FOUND"}}')],
    ['the whole file', (_, response) => void response.writeHead(200).end(bytes)],
    ['nothing it has', (_, response) => void response.writeHead(404).end()],
    ['too many requests', (_, response) => void response.writeHead(429).end('slow down')],
    ['a closed door', (request) => void request.socket.destroy()],
    ['a redirect', (_, response) => void response.writeHead(302, { location: hub.url }).end()],
  ];
  test.each(attacks)('attack: %s: a few attempts, then the hub, and nobody is refuted', async (_, play) => {
    await fetchIt({ aggregators: [await serve(play)] });
    expect(fromHub()).toEqual(all);
    // Two lanes, which may both be under way when the third failure drops it.
    expect(fromWalrus.length).toBeLessThanOrEqual(4);
    expect(refuted).toEqual([]);
  });
});

describe('the last chunks', () => {
  /** Everything that waits for time to pass sees it pass twenty times as fast. */
  const fast = () => 20 * performance.now();

  test('that the hub is slow with come from an aggregator too', async () => {
    const held: number[] = [];
    hub.serveFile = (response, _sha, offset) => {
      if (offset / chunkBytes > 1) return false;
      held.push(offset / chunkBytes);
      response.writeHead(206, { 'content-length': chunkBytes }).write('x');
      return true;
    };
    await fetchIt({ aggregators: [await serve(honest)], clock: fast });
    expect(fromWalrus).toEqual(expect.arrayContaining(held));
    // No chunk is asked of more than two.
    for (const index of all)
      expect([...fromHub(), ...fromWalrus].filter((other) => other === index).length).toBeLessThanOrEqual(2);
  });

  test('that an aggregator is slow with come from the hub too', async () => {
    hubWaitsFor(2);
    const url = await serve((_, response) => void response.writeHead(206).write('x'));
    await fetchIt({ aggregators: [url], clock: fast });
    expect(fromHub()).toEqual(all);
    expect(fromWalrus.length).toBe(2);
    expect(refuted).toEqual([]);
  });
});
