import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Address, linkLimits } from '@callable/protocol';
import { createReleaseView, createTestNode, dial, factsOf, readEvents, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import {
  frame,
  frames,
  goodHead,
  refusedHead,
  salt,
  signByHand,
  u32,
  framesOf as unpack,
} from './support/sign-by-hand.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const good = Buffer.from('{"Y":[1]}\n');
const last = Buffer.from('{"Y":[2]}');

const answer = (end: boolean, head: Uint8Array, body: Uint8Array = last) =>
  frame('ANSWER', 1, end, u32(head.length), head, body);
const piece = (end = true, bytes: Uint8Array = good, stream = 1) => frame('PIECE', stream, end, bytes);
/** The first piece of an answer comes behind its salt. */
const first = (bytes: Uint8Array = good, said = salt) => frame('PIECE', 1, true, said, bytes);
const many = (count: number, one: Buffer) => Array.from({ length: count }, () => one);
const says = (value: string, length: number) => Buffer.from(`${JSON.stringify({ Y: value.repeat(length) })}\n`);

/** A node of which each call waits: what it sends is sent by hand, past all that an honest one would mind. */
async function dialHostile({ url, ctx }: { url: string; ctx: { address: Address } }) {
  const node = createTestNode(releases, { answer: () => new Promise(() => {}) });
  const { socket } = await dial(url, node);
  const ended: { reason: string | null } = { reason: null };
  const send = (bytes: readonly Buffer[]) => {
    // The session would end the link itself at the first credit for what it did not send.
    socket.removeAllListeners('message').on('message', (message: Buffer) => {
      for (const one of unpack(message)) if (one[0] === frames.BYE) ended.reason = one.subarray(6).toString();
    });
    for (const one of bytes) socket.send(one);
  };
  const sign = signByHand(node, ctx.address);
  /** The batch and the answer that follow from having signed `whole`. */
  const end = (whole: Uint8Array, isEnd = true, body: Uint8Array = last) => {
    const { batch, head } = sign(factsOf(release, node.calls[0]!.head, whole), 1);
    return [batch, answer(isEnd, head, body)];
  };
  return { node, ended, send, end };
}
type End = Awaited<ReturnType<typeof dialHostile>>['end'];

const call = (url: string) =>
  fetch(url + path, { method: 'POST', body: inputs, headers: { accept: 'text/event-stream' } });
const eventsOf = async (response: Response) => {
  const events: { event: string; data: string }[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
};
const refusal = refusedHead(refuse('CallFailed', 'no', true).head);

test.each<[string, string, (end: End) => Buffer[]]>([
  [
    'a piece after its answer began',
    'PieceAfterAnswer',
    (end) => [...end(Buffer.concat([good, last]), false, last.subarray(0, 3)), piece()],
  ],
  ['an end without a receipt', 'AnswerInvalid', () => [answer(true, goodHead(0))]],
  ['an end that names another receipt', 'AnswerInvalid', (end) => [end(good)[0]!, answer(true, goodHead(1))]],
  ['an end with half a head', 'AnswerInvalid', (end) => [end(good)[0]!, answer(true, goodHead(0).subarray(0, 48))]],
  ['an end that is no answer', 'AnswerInvalid', () => [answer(true, refusedHead([]))]],
  ['a refusal of what it signed', 'AnswerInvalid', (end) => [end(good)[0]!, answer(true, refusal)]],
  ['a second receipt for its call', 'BatchInvalid', (end) => [end(good)[0]!, end(last)[0]!]],
  ['a batch that comes twice', 'BatchInvalid', (end) => many(2, end(good)[0]!)],
  ['a batch behind one it keeps back', 'BatchInvalid', (end) => [end(good), end(last)][1]!.slice(0, 1)],
  ['an end shorter than it says', 'AnswerInvalid', () => [frame('ANSWER', 1, true, u32(1000), Buffer.from('{}'))]],
  ['an end in the midst of a piece', 'PieceUnended', () => [piece(false), answer(true, refusal)]],
  ['an answer that begins twice', 'AnswerTwice', (end) => [...end(good, false), answer(true, goodHead(0))]],
  ['more of an answer that never began', 'AnswerMissing', () => [frame('DATA', 1, true, last)]],
  ['an empty piece', 'PieceEmpty', () => [piece(true, Buffer.alloc(0))]],
  ['a part larger than a frame takes', 'PieceTooLarge', () => [piece(true, Buffer.alloc(linkLimits.pieceBytes + 1))]],
  ['a piece that never ends', 'PieceTooLarge', () => many(3, piece(false, Buffer.alloc(linkLimits.pieceBytes)))],
  ['a piece of a call nobody made', 'StreamUnknown', () => [piece(true, good, 2)]],
  ['credit for more than it was sent', 'CreditInvalid', () => [frame('CREDIT', 1, false, u32(inputs.length + 1))]],
  ['credit for nothing', 'CreditInvalid', () => [frame('CREDIT', 1, false, u32(0))]],
  ['credit that is no number', 'CreditInvalid', () => [frame('CREDIT', 1, false, Buffer.from('1'))]],
])('attack by a node: %s ends its link (%s), and the stream with an error', async (_name, violation, framesOf) => {
  await using gateway = await startTestGateway({ releases });
  const hostile = await dialHostile(gateway);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const asked = call(gateway.url);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send([first()]);
  const events = readEvents(await asked);
  expect((await events.next()).value).toMatchObject({ event: 'piece' });
  hostile.send(framesOf(hostile.end));
  const { value } = await events.next();
  expect([value?.event, JSON.parse(value?.data ?? '{}').code]).toEqual(['error', 'NodeUnavailable']);
  expect((await events.next()).done).toBe(true);
  await expect.poll(() => hostile.ended.reason).toBe(violation);
  expect(gateway.ctx.links.size).toBe(0);
  expect(gateway.reports).toEqual([]);
  await dial(gateway.url, createTestNode(releases));
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  expect((await eventsOf(await call(gateway.url))).at(-1)?.event).toBe('end');
});

test.each<[string, (end: End) => Buffer[]]>([
  ['a piece less than it signed', (end) => [first(), ...end(Buffer.concat([good, good, last]))]],
  ['a piece more than it signed', (end) => [first(), piece(), ...end(Buffer.concat([good, last]))]],
  ['its pieces in another order', (end) => [first(), ...end(Buffer.concat([last, good]))]],
  ['only its last piece signed', (end) => [first(), ...end(last)]],
  ['nothing signed', (end) => [first(), ...end(Buffer.alloc(0))]],
  ['pieces under another salt', (end) => [first(good, Buffer.alloc(32, 7)), ...end(Buffer.concat([good, last]))]],
  ['a salt in the midst of its pieces', (end) => [first(), first(), ...end(Buffer.concat([good, good, last]))]],
])('attack by a node over a link: %s is no answer, and the node is not asked again', async (_name, framesOf) => {
  await using gateway = await startTestGateway({ releases });
  const hostile = await dialHostile(gateway);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const asked = call(gateway.url);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send(framesOf(hostile.end));
  const events = await eventsOf(await asked);
  const end = events.at(-1);
  expect([end?.event, JSON.parse(end?.data ?? '{}').code]).toEqual(['error', 'ReceiptInvalid']);
  expect(events.slice(0, -1).every(({ event }) => event === 'piece')).toBe(true);
  expect(gateway.ctx.standings.isEjected(hostile.node.node)).toBe(true);
  expect(gateway.reports).toEqual([]);
});

test('pieces after a good end change nothing of it, and end the link once they are too many', async () => {
  await using gateway = await startTestGateway({ releases });
  const hostile = await dialHostile(gateway);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const asked = call(gateway.url);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send([first(), ...hostile.end(Buffer.concat([good, last])), ...many(50, piece())]);
  const events = await eventsOf(await asked);
  expect(events.map(({ event }) => event)).toEqual(['piece', 'piece', 'end']);
  const whole = createHash('sha256').update(salt).update(good).update(last).digest('hex');
  expect(JSON.parse(events.at(-1)?.data ?? '{}').receipt.response).toBe(whole);
  expect(gateway.ctx.links.size).toBe(1);
  hostile.send(many(2_000, piece()));
  await expect.poll(() => hostile.ended.reason).toBe('StreamUnknown');
});

test.each<[string, Buffer, number]>([
  ['pieces of its largest size', says('x', 60_000), 400],
  ['tiny pieces', good, 40_000],
])('attack by a node: %s beyond its credit, for a caller who never reads, end its link', async (_name, one, count) => {
  await using gateway = await startTestGateway({ releases });
  const hostile = await dialHostile(gateway);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const { port, hostname } = new URL(gateway.url);
  const caller = connect({ port: Number(port), host: hostname });
  await once(caller, 'connect');
  caller.pause();
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'accept: text/event-stream',
    `content-length: ${inputs.length}`,
  ];
  caller.write(`${head.join('\r\n')}\r\n\r\n${inputs}`);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send([first(one), ...many(count, piece(true, one))]);
  await expect.poll(() => hostile.ended.reason, { timeout: 20_000 }).toBe('WindowExceeded');
  expect(gateway.ctx.links.size).toBe(0);
  caller.destroy();
});
