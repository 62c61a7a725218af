import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { linkMessageBytes } from '@callable/protocol';
import { createReleaseView, createTestNode, dial, linkOf, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });

const call = (url: string, body = inputs) => fetch(url + path, { method: 'POST', body });

test('a node that dials in answers calls over its WebSocket, large ones too', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release] });
  await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  expect(await (await call(gateway.url)).json()).toMatchObject({ outputs: { Y: [[2, 4]] }, node: node.node });
  const rows = Array.from({ length: 200_000 }, (_, index) => [index, 1]);
  const answer = (await (await call(gateway.url, JSON.stringify({ X: rows }))).json()) as {
    outputs: { Y: number[][] };
  };
  expect(answer.outputs.Y.at(-1)).toEqual([399_998, 2]);
});

test('a node whose socket dies in the middle of a call: the caller learns it at once', async () => {
  const node = createTestNode([release], { answer: () => new Promise(() => {}) });
  await using gateway = await startTestGateway({ releases: [release] });
  const { socket } = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const pending = call(gateway.url);
  await expect.poll(() => node.calls.length).toBe(1);
  socket.terminate();
  expect(await (await pending).json()).toMatchObject({ code: 'NodeUnavailable' });
  expect(gateway.ctx.links.size).toBe(0);
});

test('attack by a node: it says that it holds what it does not, and its callers are answered by another', async () => {
  const liar = createTestNode([release], { answer: async () => refuse('NoNodeHoldsModel', 'Not here.', false) });
  await using gateway = await startTestGateway({ releases: [release] });
  await dial(gateway.url, liar);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const alone = await call(gateway.url);
  expect([alone.status, await alone.json()]).toMatchObject([503, { code: 'NoNodeHoldsModel', retry: true }]);
  const honest = createTestNode([release], { state: 'cached' });
  await dial(gateway.url, honest);
  await expect.poll(() => gateway.ctx.links.size).toBe(2);
  for (let n = 0; n < 20; n++) expect(await (await call(gateway.url)).json()).toMatchObject({ node: honest.node });
  expect(gateway.reports.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 20 }, () => 'good'));
});

test('a node that dials again replaces its older link', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release] });
  const first = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  await dial(gateway.url, node);
  await expect.poll(() => first.ended.reason).not.toBeNull();
  expect(gateway.ctx.links.size).toBe(1);
  expect((await call(gateway.url)).status).toBe(200);
});

test('attack on a handshake: a node that meant another gateway is refused over the wire', async () => {
  await using gateway = await startTestGateway({ releases: [release] });
  const { ended } = await dial(gateway.url, createTestNode([release]), 'gateway.example');
  await expect.poll(() => ended.reason).toBe('GatewayMismatch');
  expect(gateway.ctx.links.size).toBe(0);
});

test('a gateway behind public URLs takes no other name, not even loopback', async () => {
  await using gateway = await startTestGateway({ config: { publicUrls: ['https://gateway.example'] } });
  const good = await dial(gateway.url, createTestNode([release]), 'gateway.example');
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  expect(good.ended.reason).toBeNull();
  const bad = await dial(gateway.url, createTestNode([release]));
  await expect.poll(() => bad.ended.reason).toBe('GatewayMismatch');
});

test.each<[string, Buffer | string]>([
  ['garbage', randomBytes(64)],
  ['text', 'hello'],
  ['nothing', Buffer.alloc(0)],
  ['more than a message may have', Buffer.alloc(linkMessageBytes + 1)],
])('attack on a gateway: a stranger who sends %s is cut off, and others go on', async (_name, message) => {
  await using gateway = await startTestGateway({ releases: [release] });
  await dial(gateway.url, createTestNode([release]));
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const stranger = new WebSocket(linkOf(gateway.url));
  stranger.on('error', () => {});
  await once(stranger, 'open');
  stranger.send(message);
  await once(stranger, 'close');
  expect((await call(gateway.url)).status).toBe(200);
});

test('attack on a gateway: strangers who never sign do not fill it up', async () => {
  await using gateway = await startTestGateway({ config: { links: 3 } });
  const sockets = Array.from({ length: 5 }, () => new WebSocket(linkOf(gateway.url)));
  const outcomes = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.once('open', () => resolve('open'));
          socket.once('error', () => resolve('refused'));
        }),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === 'open').length).toBe(3);
});

test('an upgrade of something else is refused', async () => {
  await using gateway = await startTestGateway({});
  const socket = new WebSocket(gateway.url.replace('http', 'ws'));
  const [error] = await once(socket, 'error');
  expect(String(error)).toContain('404');
});

test('a gateway that stops says farewell, so that its nodes dial elsewhere', async () => {
  const gateway = await startTestGateway({ releases: [release] });
  const { ended } = await dial(gateway.url, createTestNode([release]));
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  await gateway[Symbol.asyncDispose]();
  expect(ended.reason).toBe('GatewayClosing');
});

test('a server that already takes other upgrades keeps them', async () => {
  const { acceptLinks } = await import('../src/http/accept-links.ts');
  await using gateway = await startTestGateway({});
  const server: Server = createServer();
  let others = 0;
  server.on('upgrade', (_request, socket) => {
    others++;
    socket.destroy();
  });
  const stop = acceptLinks(server, gateway.ctx);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/other`);
  await once(socket, 'error');
  expect(others).toBe(1);
  stop();
  server.close();
});

test('two processes with one key: the newer session has the link, and the older that dials again does not take it back', async () => {
  await using gateway = await startTestGateway({ releases: [release] });
  const node = createTestNode([release]);
  const at = (session: string) => {
    const announcement = () => ({ ...node.announcement(), session: session.repeat(32) });
    return dial(gateway.url, { ...node, announcement });
  };
  const current = () => [...gateway.ctx.links.list()].map((link) => link.announcement().session?.slice(0, 2));
  const older = await at('a1');
  await expect.poll(current).toEqual(['a1']);
  await at('b2');
  await expect.poll(current).toEqual(['b2']);
  await expect.poll(() => older.ended.reason).toBe('Closed');
  const again = await at('a1');
  await expect.poll(() => again.ended.reason).toBe('SessionReplaced');
  expect(current()).toEqual(['b2']);
  // A socket that broke is no other session.
  await at('b2');
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  expect(current()).toEqual(['b2']);
});
