import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type AggregatorRequest, fetchFromAggregator } from './fetch-from-aggregator.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const bytes = randomBytes(5000);
const blobId = 'A'.repeat(43);

async function ask(listener: RequestListener, more: Partial<AggregatorRequest> = {}) {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
  const into = new Uint8Array(bytes.length);
  const signal = new AbortController().signal;
  const timing = { silenceMs: 100, chunkMs: 400 };
  const got = await fetchFromAggregator({ url, blobId, start: 70, isAgain: false, into, signal, timing, ...more });
  return { got, into };
}

test('asks for a range with both ends, and answers the hash of what came', async () => {
  const { got, into } = await ask((request, response) => {
    expect([request.url, request.headers.range]).toEqual([`/base/v1/blobs/${blobId}`, 'bytes=70-5069']);
    // As a cache on the way may answer: without a length.
    response.writeHead(206).end(bytes);
  });
  expect(Buffer.compare(into, bytes)).toBe(0);
  expect(got).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('asks around a cache that remembered the blob as missing', async () => {
  const urls: (string | undefined)[] = [];
  const missing: RequestListener = (request, response) => {
    urls.push(request.url);
    response.writeHead(404).end();
  };
  await expect(ask(missing)).rejects.toMatchObject({ kind: 'lacks' });
  server?.close();
  await expect(ask(missing, { isAgain: true })).rejects.toMatchObject({ kind: 'lacks' });
  expect(urls[1]).toContain('?');
});

const attacks: [string, 'broken' | 'busy', RequestListener][] = [
  ['is silent', 'broken', () => {}],
  ['stalls', 'broken', (_, response) => void response.writeHead(206).write('x')],
  ['truncates', 'broken', (_, response) => void response.writeHead(206).end(bytes.subarray(1))],
  ['sends more', 'broken', (_, response) => void response.writeHead(206).end(Buffer.concat([bytes, bytes]))],
  ['announces more', 'broken', (_, response) => void response.writeHead(206, { 'content-length': 2 ** 40 }).write('x')],
  ['answers 200 with an error inside', 'broken', (_, response) => void response.end('{"error":{"code":404}}')],
  ['redirects', 'broken', (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['is overloaded', 'busy', (_, response) => void response.writeHead(429).end('the publisher is busy')],
];
test.each(attacks)('attack: an aggregator that %s is left', async (_, kind, play) => {
  await expect(ask(play)).rejects.toMatchObject({ kind });
});
