import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AnswerCall,
  addressOf,
  type GatewaySession,
  linkMessageBytes,
  type NodeAnnouncement,
  type NodeLink,
  type OpenReceipts,
  openGatewaySession,
  type PrivateKey,
  parsePrivateKey,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';
import { createTestReceipts, factsOf, testSalt } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { dialGateway } from './dial-gateway.ts';
import type { GatewayLink } from './gateway-link.ts';

const key = parsePrivateKey('33'.repeat(32)) as PrivateKey;
const release = `sha256:${'ab'.repeat(32)}` as never;
const announced: NodeAnnouncement = { slots: { used: 0, limit: 1 }, holdings: [], draining: false };
const head = {
  release,
  encoding: 'plain',
  caller: zeroAddress,
  request: zeroBytes32,
  deadlineMs: 99,
} as const;
const echo: AnswerCall = async (_head, body) => ({
  head: { ok: false, code: 'CallFailed', message: 'echo', started: true },
  body,
});

/** The other end: a real server that keeps every link it was given. */
async function startGatewayEnd(port = 0) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/v1/link', maxPayload: linkMessageBytes });
  const links: NodeLink[] = [];
  const open: { socket: WebSocket; session: GatewaySession }[] = [];
  sockets.on('connection', (socket) => {
    const session = openGatewaySession({
      port: { send: (bytes) => socket.send(bytes), close: () => socket.close() },
      address: zeroAddress,
      clock: Date.now,
      random: (length) => new Uint8Array(length).fill(1),
      isOwnHost: (host) => host === `127.0.0.1:${(server.address() as AddressInfo).port}`,
      onLink: (link) => void links.push(link),
    });
    open.push({ socket, session });
    socket.on('message', (message) => session.receive(message as Buffer));
    socket.on('close', () => session.end('SocketClosed'));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    links,
    open,
    async [Symbol.asyncDispose]() {
      for (const { socket } of open) socket.terminate();
      sockets.close();
      server.close();
      await once(server, 'close');
    },
  };
}

function dial(
  url: string,
  options: { answerCall?: AnswerCall; announcement?: () => NodeAnnouncement; openReceipts?: OpenReceipts } = {},
) {
  const stop = new AbortController();
  const listeners = new Set<() => void>();
  const warnings: unknown[] = [];
  const links = new Set<GatewayLink>();
  const done = dialGateway({
    url,
    key,
    clock: Date.now,
    random: (length) => new Uint8Array(length),
    announcement: options.announcement ?? (() => announced),
    onAnnouncementChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    answerCall: options.answerCall ?? echo,
    openReceipts: options.openReceipts ?? createTestReceipts(key).open,
    links,
    signal: stop.signal,
    log: { info: () => {}, warn: (said: unknown) => void warnings.push(said) } as never,
  });
  return { stop, done, listeners, warnings, links };
}

test('dials, proves its key, answers a call, and leaves when told to', async () => {
  await using gateway = await startGatewayEnd();
  const dialled = dial(gateway.url);
  await expect.poll(() => gateway.links.length).toBe(1);
  const [link] = gateway.links;
  expect(link?.node).toBe(addressOf(key));
  const answer = await link!.call(head, new Uint8Array(300_000).fill(5), new AbortController().signal);
  expect(answer.body.length).toBe(300_000);
  dialled.stop.abort();
  await dialled.done;
  await link!.closed;
  expect(dialled.listeners.size).toBe(0);
  expect(gateway.links.length).toBe(1);
});

test('answers of one tick come over a real socket as one batch, and a link that is dialled again is another session', async () => {
  await using gateway = await startGatewayEnd();
  const { id, open } = createTestReceipts(key);
  const dialled = dial(gateway.url, {
    announcement: () => ({ ...announced, session: id }),
    answerCall: async (call, body) => ({
      head: { ok: true, facts: factsOf({ digest: release }, call, body), salt: testSalt, runMs: 1 },
      body,
    }),
    openReceipts: open,
  });
  const sessions: string[] = [];
  for (const count of [1, 2]) {
    await expect.poll(() => gateway.links.length, { timeout: 5_000 }).toBe(count);
    const link = gateway.links[count - 1]!;
    const asked = [1, 2, 3].map((value) => link.call(head, new Uint8Array([value]), new AbortController().signal));
    const answers = await Promise.all(asked);
    const heads = answers.map(({ head: said }) => (said.ok ? said : expect.unreachable()));
    expect(heads.map(({ receipt }) => receipt.seq)).toEqual([0, 1, 2]);
    expect(answers.map(({ body }) => body[0])).toEqual([1, 2, 3]);
    sessions.push(heads[0]!.batch.batch.session);
    gateway.open[count - 1]!.socket.terminate();
  }
  expect(new Set(sessions).size).toBe(2);
  dialled.stop.abort();
  await dialled.done;
});

test('dials again after the gateway dropped it', async () => {
  await using gateway = await startGatewayEnd();
  const dialled = dial(gateway.url);
  await expect.poll(() => gateway.links.length).toBe(1);
  gateway.open[0]!.socket.terminate();
  await expect.poll(() => gateway.links.length, { timeout: 5_000 }).toBe(2);
  expect(dialled.warnings).toMatchObject([{ reason: 'SocketClosed' }]);
  dialled.stop.abort();
  await dialled.done;
});

test('a gateway that is away is waited for, and leaving does not wait for it', async () => {
  const dialled = dial('http://127.0.0.1:9');
  await expect.poll(() => dialled.warnings.length).toBeGreaterThan(0);
  dialled.stop.abort();
  await dialled.done;
});

test('leaving while the socket is still opening does not throw', async () => {
  await using gateway = await startGatewayEnd();
  const dialled = dial(gateway.url);
  dialled.stop.abort();
  await dialled.done;
  expect(gateway.links).toEqual([]);
});

test('tells changes of what it holds, several of them at once', async () => {
  await using gateway = await startGatewayEnd();
  let draining = false;
  let asked = 0;
  const dialled = dial(gateway.url, {
    announcement: () => {
      asked++;
      return { ...announced, draining };
    },
  });
  await expect.poll(() => gateway.links.length).toBe(1);
  draining = true;
  for (let change = 0; change < 50; change++) for (const listener of dialled.listeners) listener();
  await expect.poll(() => gateway.links[0]!.announcement().draining).toBe(true);
  expect(asked).toBe(2);
  dialled.stop.abort();
  await dialled.done;
});

test('a call under way is told to stop when the link ends', async () => {
  await using gateway = await startGatewayEnd();
  let stopped = false;
  const dialled = dial(gateway.url, {
    answerCall: (_head, _body, signal) =>
      new Promise(() =>
        signal.addEventListener('abort', () => {
          stopped = true;
        }),
      ),
  });
  await expect.poll(() => gateway.links.length).toBe(1);
  const lost = gateway.links[0]!.call(head, new Uint8Array(1), new AbortController().signal);
  const outcome = expect(lost).rejects.toThrow('ended');
  gateway.open[0]!.socket.terminate();
  await outcome;
  await expect.poll(() => stopped).toBe(true);
  dialled.stop.abort();
  await dialled.done;
});

test('what a node tells at once is heard when it says so, and what is under way is counted until its answer is sent', async () => {
  await using gateway = await startGatewayEnd();
  let draining = false;
  let answer = () => {};
  const dialled = dial(gateway.url, {
    announcement: () => ({ ...announced, draining }),
    answerCall: async (...call) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return echo(...call);
    },
  });
  await expect.poll(() => gateway.links.length).toBe(1);
  const [link] = dialled.links;
  const answered = gateway.links[0]!.call(head, new Uint8Array(1), new AbortController().signal);
  await expect.poll(() => link!.underWay).toBe(1);
  draining = true;
  await link!.tellNow();
  expect(gateway.links[0]!.announcement().draining).toBe(true);
  answer();
  await answered;
  expect(link!.underWay).toBe(0);
  dialled.stop.abort();
  await dialled.done;
  expect(dialled.links.size).toBe(0);
});
