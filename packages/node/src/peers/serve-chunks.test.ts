import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { type ChunkServer, type ChunkServerOptions, serveChunks } from './serve-chunks.ts';

let server: ChunkServer;
afterEach(() => server[Symbol.asyncDispose]());

const bytes = Buffer.alloc(100_000, 7);
const held = 'a'.repeat(64);
async function start(options: Partial<ChunkServerOptions> = {}): Promise<string> {
  server = await serveChunks({
    ...{ host: '127.0.0.1', port: 0, clock: Date.now, log: { error() {} } },
    findChunk: async (sha256, index) =>
      sha256 === held && index < 2 ? { length: bytes.length, open: () => Readable.from([bytes]) } : null,
    ...options,
  });
  return `http://127.0.0.1:${server.port}`;
}

test('sends a chunk that is here, and nothing else', async () => {
  const url = await start();
  const response = await fetch(`${url}/v1/chunks/${held}/1`);
  expect(response.headers.get('content-length')).toBe('100000');
  expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), bytes)).toBe(0);
  for (const path of [`/v1/chunks/${held}/2`, `/v1/chunks/${'b'.repeat(64)}/0`, `/v1/chunks/../../etc/passwd`, '/'])
    expect((await fetch(url + path)).status).toBe(404);
  for (const index of ['-1', '01', '1e3', '9999999', '%31', ''])
    expect((await fetch(`${url}/v1/chunks/${held}/${index}`)).status).toBe(404);
  expect((await fetch(`${url}/v1/chunks/${held}/0`, { method: 'POST', body: 'x' })).status).toBe(400);
});

test('more at once than it serves are told to come again', async () => {
  const stalled = new Readable({ read() {} });
  const url = await start({ most: 1, findChunk: async () => ({ length: 10, open: () => stalled }) });
  stalled.push('0');
  const first = await fetch(`${url}/v1/chunks/${held}/0`);
  expect((await fetch(`${url}/v1/chunks/${held}/0`)).status).toBe(503);
  stalled.push('123456789');
  stalled.push(null);
  expect(await first.text()).toBe('0123456789');
});

test('what it sends over time is bounded', async () => {
  let now = 0;
  const url = await start({ clock: () => now, bytesPerSecond: 60_000 });
  const statuses = async () => {
    const response = await fetch(`${url}/v1/chunks/${held}/0`);
    await response.arrayBuffer();
    return response.status;
  };
  expect([await statuses(), await statuses(), await statuses()]).toEqual([200, 200, 503]);
  now += 2_000;
  expect([await statuses(), await statuses()]).toEqual([200, 503]);
});

test('attack: a reader that takes nothing is cut off, and its place is free again', async () => {
  const endless = () =>
    new Readable({
      read(size) {
        this.push(Buffer.alloc(size));
      },
    });
  const url = await start({
    most: 1,
    sendMs: 300,
    bytesPerSecond: 1e15,
    findChunk: async () => ({ length: 2 ** 40, open: endless }),
  });
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(`GET /v1/chunks/${held}/0 HTTP/1.1\r\nhost: x\r\n\r\n`);
  let refusals = 0;
  // Not a byte is read until the server has closed.
  await vi.waitUntil(async () => {
    const next = await fetch(`${url}/v1/chunks/${held}/1`);
    await next.body?.cancel();
    if (next.status === 503) refusals++;
    return next.status === 200;
  }, 5_000);
  expect(refusals).toBeGreaterThan(0);
  socket.resume();
  await once(socket, 'close');
});

test('an accident on the disk is a 500 and a line in the log, and the server goes on', async () => {
  const lines: string[] = [];
  const url = await start({
    log: { error: (_, message) => lines.push(message) },
    findChunk: async () => {
      throw new Error('EIO');
    },
  });
  expect((await fetch(`${url}/v1/chunks/${held}/0`)).status).toBe(500);
  expect((await fetch(`${url}/v1/chunks/${held}/0`)).status).toBe(500);
  expect(lines).toHaveLength(2);
});
