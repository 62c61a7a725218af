import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fetchFromPeer, type PeerRequest } from './fetch-from-peer.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bytes = randomBytes(5000);
const ask = (url: string, more: Partial<PeerRequest> = {}) => {
  const into = new Uint8Array(bytes.length);
  const signal = new AbortController().signal;
  const timing = { silenceMs: 100, chunkMs: 400 };
  const request = { url, scope: 'loopback' as const, sha256: 'a'.repeat(64), index: 2, into, signal, timing, ...more };
  return fetchFromPeer(request).then((got) => ({ got, into }));
};

test('fills exactly the chunk and answers the hash of what came', async () => {
  const url = await serve((request, response) => {
    expect(request.url).toBe(`/v1/chunks/${'a'.repeat(64)}/2`);
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  const { got, into } = await ask(url);
  expect(Buffer.compare(into, bytes)).toBe(0);
  expect(got).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('attack: a peer that answers nothing is left', async () => {
  await expect(ask(await serve(() => {}))).rejects.toMatchObject({ kind: 'broken' });
});

test('attack: a peer that falls silent in the middle is left', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 10));
  });
  await expect(ask(url)).rejects.toMatchObject({ kind: 'broken' });
});

test('attack: a peer that sends a byte now and then holds nobody up for ever', async () => {
  const timers: NodeJS.Timeout[] = [];
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    timers.push(setInterval(() => response.write('x'), 20));
  });
  const begun = performance.now();
  // Its pauses are no silence, also on a machine that pauses itself.
  const timing = { silenceMs: 5_000, chunkMs: 400 };
  await expect(ask(url, { timing })).rejects.toMatchObject({ kind: 'broken' });
  expect(performance.now() - begun).toBeGreaterThan(350);
  expect(performance.now() - begun).toBeLessThan(4_000);
  for (const timer of timers) clearInterval(timer);
});

test('attack: a name that leads to this machine is not dialled from a network that is public', async () => {
  let knocked = false;
  const url = await serve(() => {
    knocked = true;
  });
  const { port } = new URL(url);
  // Not `localhost` by name, so only what it resolves to can tell.
  for (const host of ['localhost', 'localhost.', '127.0.0.1.'])
    await expect(ask(`http://${host}:${port}`, { scope: 'public' })).rejects.toMatchObject({ kind: 'broken' });
  expect(knocked).toBe(false);
});

test('a caller that gives up gets its own reason', async () => {
  const giveUp = new AbortController();
  const url = await serve(() => giveUp.abort(new Error('enough')));
  await expect(ask(url, { signal: giveUp.signal })).rejects.toThrow('enough');
});
