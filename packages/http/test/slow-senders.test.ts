import { expect, test } from 'vitest';
import { echo, echoWithin, post, said, servePlainPosts } from './support/serve-plain-posts.ts';

/** What node:http gives a head, as short as a test likes it. */
const library = { headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 50 };

test.each(['P', 'POST /hot HTTP/1.1\r\n', 'POST /hot HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n'])(
  'attack: a head that stops after %j is handed to node:http, which ends it',
  async (half) => {
    const { dial, sockets, look } = await servePlainPosts(echo, library);
    const slow = await dial(half);
    await expect.poll(() => sockets[0]?.bytesRead).toBe(half.length);
    look(3);
    await slow.closed;
    expect(slow.heard()).toMatch(/^HTTP\/1.1 408 /);
  },
);

test('a head in many small pieces is handed to node:http, and read whole there', async () => {
  const { dial, sockets, library: read } = await servePlainPosts();
  const { socket, heard } = await dial();
  const text = post('slow');
  for (let at = 0; at < text.length; at += 10) {
    socket.write(text.slice(at, at + 10));
    await expect.poll(() => sockets[0]?.bytesRead).toBe(Math.min(text.length, at + 10));
  }
  await expect.poll(heard).toMatch(/^HTTP\/1.1 204 /);
  expect(read).toEqual(['/hot']);
});

test('attack: a thousand connections that never say a word are handed to node:http and ended, and hold nobody up', async () => {
  const { dial, openCount, look } = await servePlainPosts(echo, library);
  const silent = await Promise.all(Array.from({ length: 1_000 }, () => dial()));
  await expect.poll(openCount).toBe(1_000);
  const { heard } = await dial(post('in between'));
  await expect.poll(heard).toMatch(/in between$/);
  look(11);
  await Promise.all(silent.map(({ closed }) => closed));
  await expect.poll(openCount).toBe(0);
});

test('a connection that has answered is kept as long as node:http keeps one, and no longer', async () => {
  const { dial, openCount, server, look } = await servePlainPosts();
  server.keepAliveTimeout = 5_000;
  const { heard, closed } = await dial(post('once'));
  await expect.poll(heard).toMatch(/Keep-Alive: timeout=5\r\n\r\nonce$/);
  look(5);
  expect(await openCount()).toBe(1);
  look(1);
  await closed;
});

test('attack: a body that falls silent is given up, and its connection with it', async () => {
  const { dial, library: read } = await servePlainPosts(echoWithin(100));
  const slow = await dial(post('half of it', { length: 100 }));
  await slow.closed;
  expect(slow.heard()).toMatch(/^HTTP\/1.1 408 .*\r\n\r\nsilent$/s);
  expect(read).toEqual([]);
});

test('a body that comes in pieces, each in time, is read whole', async () => {
  const { dial, sockets } = await servePlainPosts();
  const { socket, heard } = await dial(post('', { length: 40 }));
  for (let piece = 0; piece < 10; piece++) {
    const before = sockets[0]?.bytesRead ?? 0;
    socket.write('abcd');
    await expect.poll(() => sockets[0]?.bytesRead).toBeGreaterThan(before);
  }
  await expect.poll(heard).toMatch(/\r\n\r\n(?:abcd){10}$/);
});

test('attack: who was refused before its body came, and then sends none of it, is cut off', async () => {
  const { dial, look } = await servePlainPosts(async () => said('no', 429));
  const refused = await dial(post('', { length: 1_000 }));
  await expect.poll(refused.heard).toMatch(/^HTTP\/1.1 429 .*no$/s);
  look(11);
  await refused.closed;
});
