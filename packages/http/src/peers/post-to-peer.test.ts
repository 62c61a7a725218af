import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { postToPeer } from './post-to-peer.ts';
import { resolvePeer } from './resolve-peer.ts';

const loopback = { address: '127.0.0.1', family: 4 };
const signal = new AbortController().signal;
const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n';

const names = vi.hoisted(() => ({ answers: [] as { address: string; family: number }[][], asked: 0 }));
vi.mock('node:dns/promises', () => ({
  lookup: async () => names.answers[Math.min(names.asked++, names.answers.length - 1)],
}));

const post = (port: number, more: { host?: string; wholeMs?: number; signal?: AbortSignal } = {}) =>
  postToPeer({
    ...{ url: new URL(`http://${more.host ?? '127.0.0.1'}:${port}/hook`), address: loopback },
    ...{ headers: { 'webhook-id': 'one' }, body: Buffer.from('{}'), mostBytes: 4096 },
    ...{ wholeMs: more.wholeMs ?? 10_000, signal: more.signal ?? signal },
  });

/** An endpoint that speaks as it likes on its connection. */
async function speak(answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  // Not `once` of node:events: it rejects where the connection was reset, which is an end too.
  const ended = new Promise<void>((resolve) => {
    server.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, ended };
}

function drip(socket: Socket, first: string, piece: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), 20);
  socket.once('close', () => clearInterval(timer));
}

test.each([
  ['headers', 'HTTP/1.1 200 OK\r\n', 'x-more: 1\r\n'],
  ['an answer', `${head}\r\n`, 'x'],
  ['early answers', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n'],
])(
  'attack: an endpoint that drips %s is left when its time is over, and its connection ended',
  async (_, first, piece) => {
    const { port, ended } = await speak((socket) => drip(socket, first, piece));
    await expect(post(port, { wholeMs: 300 })).rejects.toMatchObject({
      kind: 'broken',
      message: 'It did not answer in time.',
    });
    await ended;
  },
);

test('attack: of an endpoint that answers without end no more than the bound is read, and its connection ended', async () => {
  const { port, ended } = await speak((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const pour = () => {
      while (!socket.destroyed && socket.write('x'.repeat(65_536)));
    };
    socket.on('drain', pour);
    pour();
  });
  const { bytes } = await post(port);
  expect(bytes.length).toBe(4096);
  await ended;
});

test('attack: headers of megabytes are no answer', async () => {
  const { port, ended } = await speak((socket) => {
    socket.end(`${head}x-more: ${'x'.repeat(2 ** 21)}\r\n\r\n`);
  });
  await expect(post(port)).rejects.toMatchObject({ kind: 'broken', message: 'It broke off.' });
  await ended;
});

test('attack: a redirect is told as what it is, and leads nobody on', async () => {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(302, { location: '/inner' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  expect((await post((server.address() as AddressInfo).port)).status).toBe(302);
  expect(asked).toEqual(['/hook']);
});

test.each([
  ['a private one', ['10.0.0.7']],
  ['a private one behind a public one', ['93.184.216.34', '192.168.0.1']],
  ['this machine, mapped', ['::ffff:127.0.0.1']],
  ['what tells secrets of a cloud', ['169.254.169.254']],
  ['none at all', []],
])('attack: a name whose address is %s is dialled by no hub that the world reaches', async (_, found) => {
  names.answers = [found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))];
  await expect(resolvePeer('hook.example', 'public')).rejects.toMatchObject({
    message: 'It leads where this hub asks nobody.',
  });
});

test('attack: a name that changes its mind between check and dial is dialled where it was checked', async () => {
  const server = createHttpServer((request, response) => response.end(request.headers.host)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  names.asked = 0;
  names.answers = [[loopback], [{ address: '127.0.0.9', family: 4 }]];
  expect(await resolvePeer('rebound.example', 'loopback')).toEqual(loopback);
  const { bytes } = await post(port, { host: 'rebound.example' });
  expect(bytes.toString()).toBe(`rebound.example:${port}`);
  expect(names.asked).toBe(1);
});

test('whoever gives up hears its own reason', async () => {
  const giveUp = new AbortController();
  const { port } = await speak(() => giveUp.abort(new Error('enough')));
  await expect(post(port, { signal: giveUp.signal })).rejects.toThrow('enough');
});
