import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { linkLimits } from '@callable/protocol';
import { createReleaseView, createTestNode, dial, readEvents, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const good = Buffer.from('{"Y":[1]}\n');
const last = Buffer.from('{"Y":[2]}');

/** Numbers of the protocol, written here again: what a node puts on the wire is not what our own code would. */
const types = { ANSWER: 7, DATA: 8, CREDIT: 9, BYE: 11, PIECE: 12 };

function frame(type: keyof typeof types, stream: number, end: boolean, ...payload: Uint8Array[]): Buffer {
  const head = Buffer.alloc(6);
  head[0] = types[type];
  head.writeUInt32BE(stream, 1);
  head[5] = end ? 1 : 0;
  return Buffer.concat([head, ...payload]);
}
const u32 = (value: number) => {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
};
const answer = (end: boolean, head: object, body: Uint8Array = last) => {
  const said = Buffer.from(JSON.stringify(head));
  return frame('ANSWER', 1, end, u32(said.length), said, body);
};
const piece = (end = true, bytes: Uint8Array = good, stream = 1) => frame('PIECE', stream, end, bytes);
const many = (count: number, one: Buffer) => Array.from({ length: count }, () => one);
const says = (value: string, length: number) => Buffer.from(`${JSON.stringify({ Y: value.repeat(length) })}\n`);

/** A node of which each call waits: what it sends is sent by hand, past all that an honest one would mind. */
async function dialHostile(url: string) {
  const node = createTestNode(releases, { answer: () => new Promise(() => {}) });
  const { socket } = await dial(url, node);
  const ended: { reason: string | null } = { reason: null };
  const send = (frames: readonly Buffer[]) => {
    // The session would end the link itself at the first credit for what it did not send.
    socket.removeAllListeners('message').on('message', (message: Buffer) => {
      if (message[0] === types.BYE) ended.reason = message.subarray(6).toString();
    });
    for (const one of frames) socket.send(one);
  };
  return { node, ended, send, sign: (whole: Uint8Array) => node.sign(release, node.calls[0]!.head, whole) };
}
type Sign = Awaited<ReturnType<typeof dialHostile>>['sign'];

const call = (url: string) =>
  fetch(url + path, { method: 'POST', body: inputs, headers: { accept: 'text/event-stream' } });
const eventsOf = async (response: Response) => {
  const events: { event: string; data: string }[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
};
const refusal = refuse('CallFailed', 'no', true).head;

test.each<[string, string, (sign: Sign) => Buffer[]]>([
  [
    'a piece after its answer began',
    'PieceAfterAnswer',
    (sign) => [answer(false, sign(Buffer.concat([good, last])), last.subarray(0, 3)), piece()],
  ],
  ['an end without a receipt', 'AnswerInvalid', () => [answer(true, { ok: true, salt: 'ee'.repeat(32), runMs: 1 })]],
  ['an end with half a receipt', 'AnswerInvalid', () => [answer(true, { ok: true, receipt: {}, salt: '', runMs: 1 })]],
  ['an end that is no answer', 'AnswerInvalid', () => [answer(true, [])]],
  ['an end shorter than it says', 'AnswerInvalid', () => [frame('ANSWER', 1, true, u32(1000), Buffer.from('{}'))]],
  ['an end in the midst of a piece', 'PieceUnended', () => [piece(false), answer(true, refusal)]],
  ['an answer that begins twice', 'AnswerTwice', (sign) => [answer(false, sign(good)), answer(true, sign(good))]],
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
  const hostile = await dialHostile(gateway.url);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const asked = call(gateway.url);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send([piece()]);
  const events = readEvents(await asked);
  expect((await events.next()).value).toMatchObject({ event: 'piece' });
  hostile.send(framesOf(hostile.sign));
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

test.each<[string, (sign: Sign) => Buffer[]]>([
  ['a piece less than it signed', (sign) => [answer(true, sign(Buffer.concat([good, good, last])))]],
  ['a piece more than it signed', (sign) => [piece(), answer(true, sign(Buffer.concat([good, last])))]],
  ['its pieces in another order', (sign) => [answer(true, sign(Buffer.concat([last, good])))]],
  ['only its last piece signed', (sign) => [answer(true, sign(last))]],
  ['nothing signed', (sign) => [answer(true, sign(Buffer.alloc(0)))]],
])('attack by a node over a link: %s is no answer, and the node is not asked again', async (_name, framesOf) => {
  await using gateway = await startTestGateway({ releases });
  const hostile = await dialHostile(gateway.url);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const asked = call(gateway.url);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send([piece(), ...framesOf(hostile.sign)]);
  const events = await eventsOf(await asked);
  const end = events.at(-1);
  expect([end?.event, JSON.parse(end?.data ?? '{}').code]).toEqual(['error', 'ReceiptInvalid']);
  expect(events.slice(0, -1).every(({ event }) => event === 'piece')).toBe(true);
  expect(gateway.ctx.standings.isEjected(hostile.node.node)).toBe(true);
  expect(gateway.reports).toEqual([]);
});

test('pieces after a good end change nothing of it, and end the link once they are too many', async () => {
  await using gateway = await startTestGateway({ releases });
  const hostile = await dialHostile(gateway.url);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const asked = call(gateway.url);
  await expect.poll(() => hostile.node.calls.length).toBe(1);
  hostile.send([piece(), answer(true, hostile.sign(Buffer.concat([good, last]))), ...many(50, piece())]);
  const events = await eventsOf(await asked);
  expect(events.map(({ event }) => event)).toEqual(['piece', 'piece', 'end']);
  const whole = createHash('sha256').update(good).update(last).digest('hex');
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
  const hostile = await dialHostile(gateway.url);
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
  hostile.send(many(count, piece(true, one)));
  await expect.poll(() => hostile.ended.reason, { timeout: 20_000 }).toBe('WindowExceeded');
  expect(gateway.ctx.links.size).toBe(0);
  caller.destroy();
});
