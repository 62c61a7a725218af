import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { takeUpgrades } from './take-upgrades.ts';

const offer = 'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
const next = 'GET /next HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (headers: string, body = '') => `POST /post HTTP/1.1\r\n${headers}${offer}\r\n${body}`;

/** A server that takes upgrades on /link alone. `/held` is answered when `release` is called. */
async function serve() {
  const held: ServerResponse[] = [];
  const server: Server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      response.setHeader('x-seen', `${request.method} ${request.url} <${body}>`);
      if (request.url === '/held') held.push(response);
      else response.end();
    });
  });
  takeUpgrades(server, {
    isMeant: ({ url }) => url === '/link',
    take: (_request, socket) => socket.end('HTTP/1.1 101 Taken\r\n\r\n'),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { server, held };
}

/** Sends each part once so many answers are here, and returns the heads of all that came. */
async function talk(server: Server, ...parts: [after: number, bytes: string][]) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    .setNoDelay(true)
    .setEncoding('latin1');
  onTestFinished(() => void socket.destroy());
  let said = '';
  let hasEnded = false;
  socket.on('data', (piece) => {
    said += piece;
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      hasEnded = true;
    });
  const heads = () => said.split('\r\n\r\n').filter((one) => one !== '');
  for (const [after, bytes] of parts) {
    await expect.poll(() => heads().length).toBeGreaterThanOrEqual(after);
    socket.write(bytes);
  }
  return {
    socket,
    seen: () => heads().map((head) => /x-seen: (.*)/.exec(head)?.[1] ?? head.split('\r\n')[0]),
    hasEnded: () => hasEnded,
  };
}

/** Newer ones ignore an offer by themselves, and drop what follows the request in its packet. */
const dropsWhatFollows = 'shouldUpgradeCallback' in createServer();
if (dropsWhatFollows) console.warn(`Nothing is tested behind an offer in one packet: ${process.version} drops it.`);

test.each<[string, [after: number, bytes: string][], string[]]>([
  ['without a body', [[0, `GET /a HTTP/1.1\r\n${offer}\r\n`]], ['GET /a <>']],
  ['of HTTP/1.0', [[0, `GET /a HTTP/1.0\r\n${offer}\r\n`]], ['GET /a <>']],
  ['with its body in the same packet', [[0, post('Content-Length: 2\r\n', 'hi')]], ['POST /post <hi>']],
  ['in chunks', [[0, post('Transfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n')]], ['POST /post <hi>']],
  [
    'that is asked to go on first, and its body after that',
    [
      [0, post('Content-Length: 2\r\nExpect: 100-continue\r\n')],
      [1, 'hi'],
    ],
    ['HTTP/1.1 100 Continue', 'POST /post <hi>'],
  ],
  [
    'and another on the same connection after it',
    [
      [0, post('Content-Length: 2\r\n', 'hi')],
      [1, post('Content-Length: 2\r\n', 'ho')],
      [2, next],
    ],
    ['POST /post <hi>', 'POST /post <ho>', 'GET /next <>'],
  ],
])('a request that offers h2c is answered as HTTP/1.1: one %s', async (_, parts, answers) => {
  const { server } = await serve();
  const { seen } = await talk(server, ...parts);
  await expect.poll(seen).toEqual(answers);
});

test('Java: a body in a packet of its own is read, and the server closes at once after it', async () => {
  const { server } = await serve();
  const { socket, seen } = await talk(server, [0, post('Content-Length: 2\r\n')]);
  const arrived = once(server, 'request');
  await arrived;
  socket.write('hi');
  await expect.poll(seen).toEqual(['POST /post <hi>']);
  server.close();
  server.closeIdleConnections();
  await once(server, 'close');
});

test.skipIf(dropsWhatFollows)('a request pipelined behind an offer is answered too', async () => {
  const { server } = await serve();
  const { seen } = await talk(server, [0, post('Content-Length: 2\r\n', `hi${next}`)]);
  await expect.poll(seen).toEqual(['POST /post <hi>', 'GET /next <>']);
});

test('an offer behind requests under way waits for their answers', async () => {
  const { server, held } = await serve();
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const { seen } = await talk(server, [0, `${get('/held')}${get('/b')}${post('Content-Length: 2\r\n', 'hi')}`]);
  await expect.poll(() => held.length).toBe(1);
  expect(seen()).toEqual([]);
  held[0]?.end();
  await expect.poll(seen).toEqual(['GET /held <>', 'GET /b <>', 'POST /post <hi>']);
});

test('a client that leaves while its offer waits takes nothing along', async () => {
  const { server, held } = await serve();
  const { socket } = await talk(server, [
    0,
    `GET /held HTTP/1.1\r\nHost: x\r\n\r\n${post('Content-Length: 2\r\n', 'hi')}`,
  ]);
  await expect.poll(() => held.length).toBe(1);
  socket.resetAndDestroy();
  const gone = once(held[0] as ServerResponse, 'close');
  held[0]?.end('x'.repeat(100_000));
  await gone;
});

test('a WebSocket elsewhere is refused like any address, and its connection closed; the one that is meant is taken', async () => {
  const { server } = await serve();
  const webSocket = 'HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const elsewhere = await talk(server, [0, `GET /other ${webSocket}`]);
  await expect.poll(elsewhere.hasEnded).toBe(true);
  expect(elsewhere.seen()).toEqual(['GET /other <>']);
  const meant = await talk(server, [0, `GET /link ${webSocket}`]);
  await expect.poll(meant.seen).toEqual(['HTTP/1.1 101 Taken']);
});

test('attack: a length among more headers than are kept makes no second request of a body', async () => {
  const { server } = await serve();
  const many = 'a:\r\n'.repeat(2100);
  const { seen, hasEnded } = await talk(server, [
    0,
    `POST / HTTP/1.1\r\n${many}${offer}Content-Length: 60\r\n\r\n${next}`,
  ]);
  await expect.poll(hasEnded).toBe(true);
  expect(seen()).toEqual(['HTTP/1.1 431 Request Header Fields Too Large']);
});
