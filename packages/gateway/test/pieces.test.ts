import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type SignedReceipt, verifyReceipt, zeroAddress } from '@callable/protocol';
import {
  createReleaseView,
  createTestNode,
  dial,
  readEvents,
  refuse,
  type TestNode,
  testSalt,
} from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createDirectLink } from '../src/links/create-direct-link.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const bytes = (value: string) => new TextEncoder().encode(value);
const line = (value: unknown) => bytes(`${JSON.stringify(value)}\n`);
const nothing = new Uint8Array();

const callInPieces = (url: string, more: RequestInit & { headers?: Record<string, string> } = {}) =>
  fetch(url + path, {
    method: 'POST',
    body: inputs,
    ...more,
    headers: { accept: 'text/event-stream', ...more.headers },
  });
const eventsOf = async (response: Response) => {
  const events: { event: string; data: string }[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
};
type Events = Awaited<ReturnType<typeof eventsOf>>;
const codeOf = (events: Events) => (JSON.parse(events.at(-1)?.data ?? '{}') as { code?: string }).code;

/** A node that hands out these pieces and ends with `last`; `signed` is what its receipt is over, if not all of that. */
function streamingNode(
  pieces: readonly Uint8Array[],
  { last = nothing, signed }: { last?: Uint8Array; signed?: Uint8Array } = {},
): TestNode {
  return createTestNode(releases, {
    answer: async (node, head, _body, _signal, onPiece) => {
      for (const piece of pieces) await onPiece?.(piece);
      return { head: node.sign(release, head, signed ?? Buffer.concat([...pieces, last])), body: last };
    },
  });
}

/** A node that goes on until nobody takes its pieces any more. */
function endlessNode(piece: Uint8Array) {
  const told = { sent: 0, ended: false };
  const node = createTestNode(releases, {
    answer: async (_node, _head, _body, _signal, onPiece) => {
      try {
        for (;;) {
          await onPiece?.(piece);
          told.sent++;
        }
      } finally {
        told.ended = true;
      }
    },
  });
  return { node, told };
}

test.each(['over a link', 'in one process'])(
  'pieces come as events, and their end is a receipt over all (%s)',
  async (way) => {
    const pieces = [line({ Y: [1] }), line({ Y: [2] })];
    const node = streamingNode(pieces, { last: bytes('{"Y":[3]}') });
    await using gateway = await startTestGateway({ releases, nodes: way === 'in one process' ? [node] : [] });
    if (way === 'over a link') await dial(gateway.url, node);
    await expect.poll(() => gateway.ctx.links.size).toBe(1);
    const page = 'http://localhost:5173';
    const response = await callInPieces(gateway.url, { headers: { origin: page } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    const events = await eventsOf(response);
    expect(events.map(({ event }) => event)).toEqual(['piece', 'piece', 'piece', 'end']);
    const said = JSON.parse(events.at(-1)?.data ?? '') as { receipt: SignedReceipt };
    expect(said).toMatchObject({ release: release.reference, node: node.node, salt: 'ee'.repeat(32), runMs: 0.5 });
    const whole = events
      .slice(0, -1)
      .map(({ data }) => data)
      .join('');
    expect(whole).toBe('{"Y":[1]}\n{"Y":[2]}\n{"Y":[3]}');
    const response256 = createHash('sha256').update(Buffer.from(testSalt, 'hex')).update(whole).digest('hex');
    expect(verifyReceipt(said.receipt, { node: node.node, response: response256 }).ok).toBe(true);
    expect(gateway.reports).toMatchObject([{ outcome: 'good' }]);
  },
);

test('a piece is passed on before the next one exists', async () => {
  let go = () => {};
  const node = createTestNode(releases, {
    answer: async (self, head, _body, _signal, onPiece) => {
      await onPiece?.(line({ Y: [1] }));
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return { head: self.sign(release, head, line({ Y: [1] })), body: nothing };
    },
  });
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  const events = readEvents(await callInPieces(gateway.url));
  expect((await events.next()).value).toEqual({ event: 'piece', data: '{"Y":[1]}\n' });
  go();
  expect((await events.next()).value).toMatchObject({ event: 'end' });
});

test('a node that answers whole answers a caller who takes pieces too', async () => {
  await using gateway = await startTestGateway({ releases, nodes: [createTestNode(releases)] });
  const events = await eventsOf(await callInPieces(gateway.url));
  expect(events.map(({ event }) => event)).toEqual(['piece', 'end']);
  expect(JSON.parse(events[0]?.data ?? '')).toEqual({ Y: [[2, 4]] });
});

test('a caller who does not ask for events gets one answer, and its node is asked for no pieces', async () => {
  const node = streamingNode([], { last: bytes('{"Y":[[1]]}') });
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  const answer = await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(await answer.json()).toMatchObject({ outputs: { Y: [[1]] } });
});

test('what fails before the first piece is a refusal with its status, and the next node is asked', async () => {
  const busy = createTestNode(releases, { answer: async () => refuse('NodeBusy', 'full', false) });
  await using alone = await startTestGateway({ releases, nodes: [busy] });
  const refused = await callInPieces(alone.url);
  expect([refused.status, refused.headers.get('content-type')]).toEqual([503, expect.stringContaining('problem+json')]);
  const second = createTestNode(releases, { state: 'cached' });
  await using gateway = await startTestGateway({ releases, nodes: [busy, second] });
  expect((await eventsOf(await callInPieces(gateway.url))).at(-1)?.event).toBe('end');
});

const good = line({ Y: [1] });
test.each<[string, TestNode, number]>([
  ['a trailer with another hash', streamingNode([good], { signed: bytes('{"Y":[9]}') }), 1],
  ['a trailer over the last piece alone', streamingNode([good], { last: bytes('{}'), signed: bytes('{}') }), 1],
  ['a piece that closes its value early', streamingNode([good, bytes('{},{"evil":1}\n')]), 1],
  ['a piece of two lines', streamingNode([good, bytes('{}\nevent: end\ndata: {}\n\n')]), 1],
  ['a piece with a carriage return', streamingNode([good, bytes('{}\r\n')]), 1],
  ['a piece that is no text', streamingNode([good, Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)]), 1],
  ['a last piece that is none', streamingNode([good], { last: bytes('[]') }), 1],
])('attack by a node: %s ends the stream with an error, no other node is asked', async (_name, liar, passed) => {
  const honest = createTestNode(releases, { state: 'cached' });
  await using gateway = await startTestGateway({ releases, nodes: [liar, honest] });
  const events = await eventsOf(await callInPieces(gateway.url));
  expect(events.map(({ event }) => event)).toEqual([...Array.from({ length: passed }, () => 'piece'), 'error']);
  expect([codeOf(events), honest.calls.length]).toEqual(['ReceiptInvalid', 0]);
  expect(gateway.reports).toEqual([]);
  expect(gateway.ctx.standings.isEjected(liar.node)).toBe(true);
});

test('a node that refuses after a piece ends the stream with its error, no other node is asked', async () => {
  const breaking = createTestNode(releases, {
    answer: async (_node, _head, _body, _signal, onPiece) => {
      await onPiece?.(good);
      return refuse('NodeBusy', 'It says that it has not begun.', false);
    },
  });
  const second = createTestNode(releases, { state: 'cached' });
  await using gateway = await startTestGateway({ releases, nodes: [breaking, second] });
  const events = await eventsOf(await callInPieces(gateway.url));
  expect([events.map(({ event }) => event), codeOf(events), second.calls.length]).toEqual([
    ['piece', 'error'],
    'NodeBusy',
    0,
  ]);
});

test('a link that dies in the midst ends the stream with an error, never with a short answer', async () => {
  const node = createTestNode(releases, {
    answer: async (_node, _head, _body, _signal, onPiece) => {
      await onPiece?.(good);
      return new Promise(() => {});
    },
  });
  await using gateway = await startTestGateway({ releases });
  const { socket } = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const events = readEvents(await callInPieces(gateway.url));
  expect((await events.next()).value).toMatchObject({ event: 'piece' });
  socket.terminate();
  const { value } = await events.next();
  expect([value?.event, codeOf([value as Events[0]])]).toEqual(['error', 'NodeUnavailable']);
  expect((await events.next()).done).toBe(true);
});

test('attack by a node: pieces without end are ended by the deadline, and the node is stopped', async () => {
  const { node, told } = endlessNode(line({ Y: 'x'.repeat(10_000) }));
  await using gateway = await startTestGateway({ releases });
  const { ended } = await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const response = await callInPieces(gateway.url, { headers: { 'callable-timeout-ms': '300' } });
  const events = await eventsOf(response);
  expect(codeOf(events)).toMatch(/CallTimedOut|NodeUnavailable/);
  await expect.poll(() => told.ended).toBe(true);
  expect(gateway.reports).toEqual([]);
  expect([null, 'BodyTooLarge']).toContain(ended.reason);
});

/** A caller that sends its call and then reads nothing. */
async function callWithoutReading(url: string) {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.pause();
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'accept: text/event-stream',
    `content-length: ${inputs.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${inputs}`);
  return socket;
}

test('attack by a caller who never reads: the model is slowed to a stop within a bound, then the caller is cut off', async () => {
  const piece = line({ Y: 'x'.repeat(60_000) });
  const { node, told } = endlessNode(piece);
  await using gateway = await startTestGateway({ releases, config: { callerStallMs: 1_500 } });
  await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const socket = await callWithoutReading(gateway.url);
  await expect.poll(() => told.ended, { timeout: 20_000 }).toBe(true);
  // The sockets of both ends and one window: a few megabytes on loopback, whatever the model would send.
  expect(told.sent * piece.length).toBeLessThan(16 * 1024 * 1024);
  socket.resume();
  await once(socket, 'close');
  expect(gateway.ctx.standings.isEjected(node.node)).toBe(false);
  expect(gateway.reports).toEqual([]);
});

test('a caller who leaves in the midst stops the node at once', async () => {
  const { node, told } = endlessNode(good);
  await using gateway = await startTestGateway({ releases });
  await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const socket = await callWithoutReading(gateway.url);
  await expect.poll(() => told.sent).toBeGreaterThan(0);
  socket.destroy();
  await expect.poll(() => told.ended, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => gateway.ctx.standings.outstanding(node.node)).toBe(0);
  expect(gateway.reports).toEqual([]);
});

test('a direct link takes no piece of a call that is over', async () => {
  let late: Promise<unknown> = Promise.resolve();
  const node = createTestNode(releases, {
    answer: async (_node, _head, _body, signal, onPiece) => {
      signal.addEventListener('abort', () => {
        late = Promise.resolve().then(() => onPiece?.(good));
      });
      return new Promise(() => {});
    },
  });
  const link = createDirectLink({ ...node, gateway: zeroAddress });
  const caller = new AbortController();
  const call = link.call({} as never, nothing, caller.signal, () => expect.unreachable());
  caller.abort(new Error('gone'));
  await expect(call).rejects.toThrow('gone');
  await expect(late).rejects.toThrow('Nobody takes');
});
