import {
  answerDoubled,
  createReleaseView,
  createTestNode,
  dial,
  readEvents,
  refuse,
  type TestNode,
  type TestNodeOptions,
} from '@callable/stand-ins';
import { expect, test } from 'vitest';
import type { createDirectLink } from '../src/links/create-direct-link.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputsOf = (n: number) => JSON.stringify({ X: [[n, 2]] });
const call = (url: string, body = inputsOf(1), headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body, headers });
const codeOf = async (response: Promise<Response>) => ((await (await response).json()) as { code?: string }).code;
const nodeOf = async (response: Promise<Response>) => ((await (await response).json()) as { node?: string }).node;
const never = () => new Promise<never>(() => {});
const cold = { state: 'cached' } as const;

/** Answers until it is told to hold what comes. */
function holdingNode(options: TestNodeOptions = {}) {
  let release: (() => void) | null = null;
  let held = Promise.resolve();
  const node: TestNode = createTestNode(releases, {
    ...options,
    answer: async (self, head, body) => {
      await held;
      return answerDoubled(self, releases, head, body);
    },
  });
  return {
    node,
    hold() {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    go: () => release?.(),
  };
}

// A lost link

test('the only node is killed with 16 calls under way and comes back: it is tried at once, and then answers everybody', async () => {
  const { node, hold, go } = holdingNode();
  await using gateway = await startTestGateway({ releases });
  const first = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  hold();
  const calls = Array.from({ length: 16 }, (_, n) => codeOf(call(gateway.url, inputsOf(n))));
  await expect.poll(() => node.calls.length).toBe(16);
  first.socket.terminate();
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['NodeUnavailable']));
  go();
  await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  expect(gateway.ctx.standings.stateOf(node.node)).toBe('trial');
  expect((await call(gateway.url)).status).toBe(200);
  expect(gateway.ctx.standings.stateOf(node.node)).toBe('good');
  const after = await Promise.all(Array.from({ length: 16 }, (_, n) => call(gateway.url, inputsOf(n))));
  expect(after.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
});

test('calls lost with one of two nodes are answered by the other, and it is tried by one call when it is back', async () => {
  const { node, hold, go } = holdingNode();
  const other = createTestNode(releases, cold);
  await using gateway = await startTestGateway({ releases, nodes: [other] });
  const first = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(2);
  hold();
  const calls = Array.from({ length: 16 }, (_, n) => nodeOf(call(gateway.url, inputsOf(n))));
  await expect.poll(() => node.calls.length).toBe(16);
  first.socket.terminate();
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 16 }, () => other.node));
  expect(gateway.reports.filter(({ outcome }) => outcome === 'good')).toHaveLength(16);
  await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(2);
  const trial = nodeOf(call(gateway.url));
  await expect.poll(() => node.calls.length).toBe(17);
  expect(await nodeOf(call(gateway.url))).toBe(other.node);
  go();
  expect(await trial).toBe(node.node);
  expect(await nodeOf(call(gateway.url))).toBe(node.node);
});

test('attack by a caller: a call that kills nodes has two of them, then it is refused for a minute, and others are answered', async () => {
  const deadly = inputsOf(666);
  const links = new Map<string, ReturnType<typeof createDirectLink>>();
  const nodes = Array.from({ length: 4 }, () =>
    createTestNode(releases, {
      answer: (self, head, body) => {
        if (Buffer.from(body).toString() !== deadly) return answerDoubled(self, releases, head, body);
        links.get(self.node)?.close();
        return never();
      },
    }),
  );
  await using gateway = await startTestGateway({ releases });
  for (const node of nodes) {
    links.set(node.node, gateway.attach(node));
  }
  const refused = await call(gateway.url, deadly);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
  expect(await refused.json()).toMatchObject({ code: 'CallLostTwice', who: 'caller', retry: true });
  expect(await codeOf(call(gateway.url, deadly))).toBe('CallLostTwice');
  expect(gateway.ctx.links.size).toBe(2);
  expect((await call(gateway.url)).status).toBe(200);
  expect(gateway.reports.map(({ outcome }) => outcome)).toEqual(['good']);
});

// A polite end

test('a node that says farewell while calls cross on their way to it: they are asked elsewhere, and it has no mark', async () => {
  const node = createTestNode(releases, { answer: never });
  const other = createTestNode(releases, cold);
  await using gateway = await startTestGateway({ releases, nodes: [other] });
  const { session } = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(2);
  const calls = Array.from({ length: 8 }, () => nodeOf(call(gateway.url)));
  await expect.poll(() => node.calls.length).toBe(8);
  session.close('NodeClosing');
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 8 }, () => other.node));
  expect(gateway.ctx.standings.stateOf(node.node)).toBe('good');
});

test('nodes that are stopping refuse as not begun: the caller notices nothing, and they have no mark', async () => {
  const stopping = [1, 2, 3].map(() =>
    createTestNode(releases, { answer: async () => refuse('NodeUnavailable', 'This node is stopping.', false) }),
  );
  const other = createTestNode(releases, cold);
  await using gateway = await startTestGateway({ releases, nodes: [...stopping, other] });
  for (let n = 0; n < 20; n++) expect(await nodeOf(call(gateway.url))).toBe(other.node);
  expect(stopping.map(({ calls }) => calls.length)).toEqual([1, 1, 1]);
  expect(stopping.map(({ node }) => gateway.ctx.standings.stateOf(node))).toEqual(['good', 'good', 'good']);
});

test('attack by a node: taking calls and saying farewell each time is a mark from the fourth on', async () => {
  const node = createTestNode(releases, { answer: never });
  const other = createTestNode(releases, cold);
  await using gateway = await startTestGateway({ releases, nodes: [other] });
  for (let round = 0; round < 4; round++) {
    expect(gateway.ctx.standings.stateOf(node.node)).toBe('good');
    const { session } = await dial(gateway.url, node);
    await expect.poll(() => gateway.ctx.links.size).toBe(2);
    const pending = nodeOf(call(gateway.url));
    await expect.poll(() => node.calls.length).toBe(round + 1);
    session.close('NodeClosing');
    expect(await pending).toBe(other.node);
  }
  expect(gateway.ctx.standings.stateOf(node.node)).toBe('trial');
});

// A frozen node

test('a node that is frozen with calls under way: they are answered elsewhere long before their deadline, and counted once', async () => {
  const { node, hold, go } = holdingNode();
  const other = createTestNode(releases, cold);
  await using gateway = await startTestGateway({ releases, nodes: [other] });
  const { socket } = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(2);
  expect(await nodeOf(call(gateway.url))).toBe(node.node);
  hold();
  const began = performance.now();
  const calls = Array.from({ length: 16 }, (_, n) => nodeOf(call(gateway.url, inputsOf(n))));
  await expect.poll(() => node.calls.length).toBe(17);
  socket.pause();
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 16 }, () => other.node));
  expect(performance.now() - began).toBeLessThan(6_000);
  expect(gateway.ctx.standings.stateOf(node.node)).toBe('failed');
  expect(await nodeOf(call(gateway.url))).toBe(other.node);

  go();
  socket.resume();
  await expect.poll(() => gateway.ctx.standings.stateOf(node.node), { timeout: 5_000 }).toBe('trial');
  expect(await nodeOf(call(gateway.url))).toBe(node.node);
  expect(gateway.ctx.standings.stateOf(node.node)).toBe('good');
  // Sixteen answers of the frozen one are nobody's: what it took is no usage.
  expect(gateway.reports.filter(({ outcome }) => outcome === 'good')).toHaveLength(19);
});

test('the only node is frozen: its call is waited for, and answered when it goes on', async () => {
  const { node, hold, go } = holdingNode();
  await using gateway = await startTestGateway({ releases });
  const { socket } = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  hold();
  const pending = nodeOf(call(gateway.url));
  await expect.poll(() => node.calls.length).toBe(1);
  socket.pause();
  await expect.poll(() => gateway.ctx.standings.stateOf(node.node), { timeout: 5_000 }).toBe('failed');
  socket.resume();
  go();
  expect(await pending).toBe(node.node);
});

test('a stuck model on a node that speaks: another is asked after a fifth of the time, the first to answer counts', async () => {
  const stopped: unknown[] = [];
  const stuck = createTestNode(releases, {
    answer: (_node, _head, _body, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          stopped.push(signal.reason);
          reject(signal.reason);
        }),
      ),
  });
  const other = createTestNode(releases, cold);
  await using gateway = await startTestGateway({ releases, nodes: [stuck, other] });
  const headers = { 'callable-timeout-ms': '5000' };
  expect(await nodeOf(call(gateway.url, inputsOf(1), headers))).toBe(other.node);
  expect(stopped).toHaveLength(1);
  expect(gateway.reports).toHaveLength(1);
  expect(gateway.ctx.standings.stateOf(stuck.node)).toBe('good');
});

test('attack by a publisher: calls of a slow model are asked twice no more often than the bound', async () => {
  const slow = () =>
    createTestNode(releases, {
      answer: (_node, _head, _body, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
  const nodes = [slow(), slow()];
  await using gateway = await startTestGateway({ releases, nodes });
  const headers = { 'callable-timeout-ms': '500' };
  const calls = Array.from({ length: 40 }, (_, n) => codeOf(call(gateway.url, inputsOf(n), headers)));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['CallTimedOut']));
  expect(nodes.reduce((sum, node) => sum + node.calls.length, 0)).toBeLessThanOrEqual(40 + 4 + 2);
});

test('pieces come from one node: the slower of two that were asked gives the caller nothing, whatever it sends', async () => {
  const pieceOf = (n: number) => new TextEncoder().encode(`{"Y":[${n}]}`);
  let begun = () => {};
  let tried = (_how: string) => {};
  const [hasBegun, hasTried] = [
    new Promise<void>((resolve) => {
      begun = resolve;
    }),
    new Promise<string>((resolve) => {
      tried = resolve;
    }),
  ];
  const stuck = createTestNode(releases, {
    answer: async (_node, _head, _body, _signal, onPiece) => {
      await hasBegun;
      await Promise.resolve(onPiece?.(pieceOf(666))).then(
        () => tried('taken'),
        () => tried('refused'),
      );
      return never();
    },
  });
  const other = createTestNode(releases, {
    ...cold,
    answer: async (node, head, _body, _signal, onPiece) => {
      await onPiece?.(pieceOf(1));
      begun();
      await hasTried;
      await onPiece?.(pieceOf(2));
      return { head: node.sign(release, head, Buffer.concat([pieceOf(1), pieceOf(2)])), body: new Uint8Array() };
    },
  });
  await using gateway = await startTestGateway({ releases, nodes: [stuck, other] });
  const headers = { accept: 'text/event-stream', 'callable-timeout-ms': '2000' };
  const events: string[] = [];
  for await (const { event, data } of readEvents(await call(gateway.url, inputsOf(1), headers)))
    events.push(event === 'piece' ? data : event);
  expect(events).toEqual(['{"Y":[1]}', '{"Y":[2]}', 'end']);
  expect(await hasTried).toBe('refused');
});
