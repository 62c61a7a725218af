import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TrustedProxies } from '@callable/http';
import { CallableError } from '@callable/protocol';
import { fastify } from 'fastify';
import { afterEach, expect, it, test } from 'vitest';
import { passUnknownRoutes } from '../calls/pass-unknown-routes.ts';
import { Closer } from '../closer.ts';
import { openHubDoor } from './open-hub-door.ts';

const closer = new Closer();
afterEach(() => closer.close());

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server behind a socket in the place of a hub, and the door in front of it. */
async function openDoor(answer: Answer, { trusted = 0 as TrustedProxies, isAway = false } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'callable-door-'));
  closer.defer(() => rm(directory, { recursive: true }));
  const path = join(directory, 'door.sock');
  const behind: Server = createServer(answer).listen(path);
  await once(behind, 'listening');
  closer.defer(async () => void behind.close().closeAllConnections());
  const error = new CallableError('NotReady', 'It ended.', { details: { retryAfterSeconds: 3 } });
  const door = openHubDoor({ starts: 1, away: () => (isAway ? error : null) }, path, trusted);
  const app = fastify();
  app.get('/own', async () => 'own');
  passUnknownRoutes(app, door);
  await app.listen({ port: 0, host: '127.0.0.1' });
  closer.defer(async () => {
    app.server.closeAllConnections();
    await app.close();
    door[Symbol.dispose]();
  });
  const { port } = app.server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, behind };
}

/** What was written on a socket so far, and all of it once `wanted` is in it. */
function reading(socket: Socket): (wanted: string) => Promise<string> {
  let read = '';
  socket.on('data', (piece) => {
    read += piece;
    socket.emit('more');
  });
  return async (wanted) => {
    while (!read.includes(wanted)) await once(socket, 'more');
    return read;
  };
}
const dial = (port: number) => {
  const socket = connect(port, '127.0.0.1');
  closer.defer(async () => void socket.destroy());
  return socket;
};

const told: Answer = (asked, response) =>
  void text(asked).then((body) => response.end(JSON.stringify({ url: asked.url, headers: asked.headers, body })));

it('hands on what is not its own, with its body, and answers its own routes', async () => {
  const { url } = await openDoor(told);
  expect(await (await fetch(`${url}/own`)).text()).toBe('own');
  const sent = { method: 'PUT', body: '{"a":1}', headers: { 'content-type': 'text/odd', 'x-mine': 'yes' } };
  const answer = await (await fetch(`${url}/v1/x?q=%20#f`, sent)).json();
  expect(answer).toMatchObject({ url: '/v1/x?q=%20', body: '{"a":1}' });
  expect(answer.headers).toMatchObject({ 'content-type': 'text/odd', 'x-mine': 'yes', 'content-length': '7' });
});

it.each([
  ['POST', '', { 'content-length': '0' }, ''],
  ['POST', 'Content-Length: 0\r\n', { 'content-length': '0' }, ''],
  ['GET', '', {}, ''],
  ['DELETE', 'Transfer-Encoding: chunked\r\n', { 'transfer-encoding': 'chunked' }, '5\r\npiece\r\n0\r\n\r\n'],
  ['PUT', 'Expect: 100-continue\r\nTE: trailers\r\nContent-Length: 5\r\n', { 'content-length': '5' }, 'piece'],
])('%s with %j is framed as %j', async (method, lines, framing, body) => {
  const { port } = await openDoor(told);
  const socket = dial(port);
  const read = reading(socket);
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`);
  const all = await read('"body":');
  const seen = JSON.parse(/\{.*\}/.exec(all)?.[0] ?? '{}');
  expect(seen.body).toBe(body === '' ? '' : 'piece');
  expect(seen.headers).toEqual({ host: 'x', connection: 'keep-alive', 'x-forwarded-for': '127.0.0.1', ...framing });
});

test('attack: a caller that names another address, or a second one, is known by its own', async () => {
  const forged = { 'x-forwarded-for': '198.51.100.1' };
  const none = await openDoor(told);
  const seen = async (url: string) => (await (await fetch(url, { headers: forged })).json()).headers['x-forwarded-for'];
  expect(await seen(`${none.url}/x`)).toBe('127.0.0.1');
  const behindProxy = await openDoor(told, { trusted: 1 });
  expect(await seen(`${behindProxy.url}/x`)).toBe('198.51.100.1');
  const elsewhere = await openDoor(told, { trusted: ['10.0.0.7'] });
  expect(await seen(`${elsewhere.url}/x`)).toBe('127.0.0.1');
});

test('attack: two requests in one, by a length and chunks at once, reach nobody', async () => {
  let asked = 0;
  const { port } = await openDoor((request, response) => {
    asked++;
    told(request, response);
  });
  const socket = dial(port);
  const read = reading(socket);
  socket.write(
    'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n',
  );
  expect(await read('\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(asked).toBe(0);
});

test('while the hub is away a request hears so, and when to come again; one in the midst of its body too', async () => {
  const { url } = await openDoor(told, { isAway: true });
  const answer = await fetch(`${url}/v1/x`, { method: 'POST', body: new Uint8Array(3e6) });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
  expect(await answer.json()).toMatchObject({ code: 'NotReady', detail: 'It ended.', retry: true });
  expect((await fetch(`${url}/openapi.json`)).status).toBe(503);
});

test('a hub that ends in the midst of a request is away; in the midst of an answer the answer breaks off', async () => {
  const early = await openDoor((asked) => void asked.once('data', () => asked.socket.destroy()));
  const answer = await fetch(early.url, { method: 'POST', body: new Uint8Array(3e6) });
  expect([answer.status, (await answer.json()).code]).toEqual([503, 'NotReady']);
  const late = await openDoor((asked, response) => {
    response.write('begun');
    setImmediate(() => asked.socket.destroy());
  });
  await expect(fetch(late.url).then((response) => response.text())).rejects.toThrow();
});

test('who refuses a body before it is there is heard, takes the rest, and the connection serves on', async () => {
  let taken = 0;
  const { port } = await openDoor((asked, response) => {
    if (asked.url !== '/refused') return void response.end('next');
    asked.on('data', (piece) => {
      taken += piece.length;
    });
    response.writeHead(413, { 'content-length': 5 }).end('large');
  });
  const socket = dial(port);
  const read = reading(socket);
  socket.write('POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n');
  socket.write(Buffer.alloc(1_000_000));
  expect(await read('large')).toMatch(/^HTTP\/1\.1 413 /);
  // Far more than the buffers between hold: a door that stopped reading would stop here.
  socket.write(Buffer.alloc(7_000_000));
  socket.write('GET /next HTTP/1.1\r\nHost: x\r\n\r\n');
  await read('next');
  expect(taken).toBe(8_000_000);
});

test('attack: who goes on sending what was refused is cut when the hub cuts it', async () => {
  const { port } = await openDoor((asked, response) => {
    let taken = 0;
    asked.on('data', (piece) => {
      taken += piece.length;
      if (taken > 2e6) asked.socket.destroy();
    });
    response.writeHead(413, { 'content-length': 5 }).end('large');
  });
  const socket = dial(port);
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 80000000\r\n\r\n');
  socket.write(Buffer.alloc(60_000_000));
  await closed;
});

test('a caller that leaves ends its request at the hub: before its body is whole, and while it is answered', async () => {
  const ended: Promise<unknown>[] = [];
  const events = new EventEmitter();
  const { port } = await openDoor((asked, response) => {
    if (ended.push(once(response, 'close')) === 2) events.emit('both');
    if (asked.url === '/answered') response.write('data: 1\n\n');
  });
  const both = once(events, 'both');
  const sockets = [dial(port), dial(port)];
  sockets[0]?.write('GET /answered HTTP/1.1\r\nHost: x\r\n\r\n');
  sockets[1]?.write('POST /sending HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc');
  await both;
  for (const socket of sockets) socket.destroy();
  await Promise.all(ended);
});

test('attack: an answer to a slow reader is not held here: whoever sends it waits', async () => {
  const size = 2 ** 25;
  let [sent, read, most] = [0, 0, 0];
  const { port } = await openDoor((_asked, response) => {
    const piece = Buffer.alloc(2 ** 16);
    const send = () => {
      while (sent < size) {
        sent += piece.length;
        most = Math.max(most, sent - read);
        if (!response.write(piece)) return void response.once('drain', send);
      }
      response.end();
    };
    response.writeHead(200, { 'content-length': size });
    send();
  });
  const socket = dial(port);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  // A piece at a turn of the loop, in which the sender could send a hundred.
  while (read < size) {
    const piece = socket.read(2 ** 15) ?? socket.read();
    if (piece) read += piece.length;
    await (piece ? new Promise(setImmediate) : once(socket, 'readable'));
  }
  expect(most).toBeLessThan(size / 2);
});

test('events that begin with silence are there for who waits for their head', async () => {
  const { url } = await openDoor((_asked, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await response.body?.cancel();
});

test('HEAD has the size and no body, and 304 neither; the connection serves on', async () => {
  const { port } = await openDoor((asked, response) => {
    if (asked.url === '/kept') response.writeHead(304, { etag: '"x"' }).end();
    else
      response
        .writeHead(200, { 'content-length': 7, 'x-one': 'a' })
        .end(asked.method === 'HEAD' ? undefined : '1234567');
  });
  const socket = dial(port);
  const read = reading(socket);
  const ask = (words: string) => socket.write(`${words} HTTP/1.1\r\nHost: x\r\n\r\n`);
  ask('HEAD /');
  await read('x-one: a');
  ask('GET /kept');
  await read('etag: "x"');
  ask('GET /');
  const all = await read('1234567');
  expect(all.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 304', 'HTTP/1.1 200']);
  expect(all.toLowerCase()).not.toContain('transfer-encoding');
});
