import { expect, test } from 'vitest';
import {
  announced,
  connect,
  createWire,
  frameOf,
  gatewayAddress,
  head,
  host,
  key,
  piece,
  refusal,
} from '../../../test/connect-link.ts';
import type { Address } from '../../identity/address.ts';
import { addressOf } from '../../keys/private-key.ts';
import { signTyped } from '../../keys/sign-typed.ts';
import { type AnswerHead, encodeAnswerHead } from '../frames/answer-head.ts';
import { decodeFrame } from '../frames/decode-frame.ts';
import { u32 } from '../frames/encode-frame.ts';
import { frameTypes } from '../frames/frame.ts';
import { decodeJson, decodeReason, encodeJson } from '../frames/json-payload.ts';
import type { LinkLimits } from '../limits.ts';
import type { LinkRefusal } from '../link-answer.ts';
import { LinkLost } from '../node-link.ts';
import { nodeSessionStruct } from '../node-session.ts';
import { openGatewaySession } from './open-gateway-session.ts';

/** A gateway session and the raw frames a node sends it, after an honest handshake unless told otherwise. */
async function attackGateway(frames: Uint8Array[], limits: Partial<LinkLimits> = {}, calls = 0) {
  const { wire, gateway, link } = await connect({ limits, answerCall: () => new Promise(() => {}) });
  const outcomes = Array.from({ length: calls }, () =>
    link.call(head, new Uint8Array(1), new AbortController().signal).then(
      (answer) => answer.head,
      (error: unknown) => error,
    ),
  );
  for (const frame of frames) gateway.receive(frame);
  return { reason: wire.closed.gateway, outcomes };
}

const answerFrame = (stream: number, end: boolean, said: AnswerHead, body = new Uint8Array(), length?: number) => {
  const bytes = encodeAnswerHead(said);
  return frameOf('ANSWER', stream, end, u32(length ?? bytes.length), bytes, body);
};
/** One announcement in as many frames as it takes. */
const split = (said: object) => {
  const bytes = encodeJson(said);
  const count = Math.ceil(bytes.length / piece.length);
  return Array.from({ length: count }, (_, i) =>
    frameOf('ANNOUNCE', 0, i === count - 1, bytes.subarray(i * piece.length, (i + 1) * piece.length)),
  );
};
const nothing = { after: 0, upTo: 0, more: false, held: [], gone: [] };
const deep = new TextEncoder().encode(`\0${'['.repeat(60_000)}`);

/** Each frame after its length, which may be said wrong by so much. */
const packed = (...frames: [wrongBy: number, frame: Uint8Array][]) =>
  frameOf('PACK', 0, true, ...frames.flatMap(([wrongBy, frame]) => [u32(frame.length + wrongBy), frame]));
const beat = frameOf('ANNOUNCE', 0, true, encodeJson({ ...announced, page: nothing }));

test.each<[string, string, Uint8Array[], number?]>([
  ['a frame shorter than its head', 'FrameInvalid', [new Uint8Array(3)]],
  ['an unknown type', 'FrameInvalid', [new Uint8Array([99, 0, 0, 0, 0, 0])]],
  ['unknown flags', 'FrameInvalid', [new Uint8Array([frameTypes.ANNOUNCE, 0, 0, 0, 0, 2])]],
  ['a second hello', 'HelloUnexpected', [frameOf('HELLO', 0, true, encodeJson({}))]],
  ['a call from the node', 'FrameUnexpected', [frameOf('CALL', 1, true, u32(0))]],
  ['an announcement that is not JSON', 'AnnouncementInvalid', [frameOf('ANNOUNCE', 0, true, piece)]],
  ['an announcement of another shape', 'AnnouncementInvalid', [frameOf('ANNOUNCE', 0, true, encodeJson({ slots: 1 }))]],
  [
    'an announcement without end',
    'AnnouncementTooLarge',
    Array.from({ length: 65 }, () => frameOf('ANNOUNCE', 0, false, piece)),
  ],
  [
    'a page that does not follow the last',
    'AnnouncementInvalid',
    [frameOf('ANNOUNCE', 0, true, encodeJson({ ...announced, page: { ...nothing, after: 7, upTo: 8 } }))],
  ],
  [
    'more entries than a page may have',
    'AnnouncementInvalid',
    split({ ...announced, page: { ...nothing, held: Array(1001).fill(announced.holdings[0]) } }),
  ],
  [
    'a flood of announcements',
    'AnnouncementsTooMany',
    Array.from({ length: 61 }, () => frameOf('ANNOUNCE', 0, true, encodeJson({ ...announced, page: nothing }))),
  ],
  ['empty pieces without end', 'AnnouncementTooLarge', [frameOf('ANNOUNCE', 0, false), frameOf('ANNOUNCE', 0, false)]],
  ['an answer nobody asked for', 'StreamUnknown', [answerFrame(5, true, refusal('x'))]],
  ['an answer on stream zero', 'StreamUnknown', [answerFrame(0, true, refusal('x'))]],
  ['a head longer than its frame', 'AnswerInvalid', [answerFrame(1, true, refusal('x'), undefined, 1_000_000)], 1],
  ['a head of another shape', 'AnswerInvalid', [answerFrame(1, true, { ok: false } as LinkRefusal)], 1],
  ['a head of no kind', 'AnswerInvalid', [frameOf('ANSWER', 1, true, u32(1), new Uint8Array([2]))], 1],
  ['a head nested sixty thousand deep', 'AnswerInvalid', [frameOf('ANSWER', 1, true, u32(deep.length), deep)], 1],
  ['a pack of nothing', 'FrameInvalid', [frameOf('PACK', 0, true)]],
  ['a pack that ends in the midst of a length', 'FrameInvalid', [frameOf('PACK', 0, true, new Uint8Array(3))]],
  ['a pack with a frame longer than itself', 'FrameInvalid', [packed([1, beat])]],
  ['a pack with a frame longer than anything', 'FrameInvalid', [packed([0xffff_ffff - beat.length, beat])]],
  [
    'a pack with bytes behind its frames',
    'FrameInvalid',
    [frameOf('PACK', 0, true, u32(beat.length), beat, piece.subarray(0, 2))],
  ],
  ['a pack with a frame cut before its end', 'FrameInvalid', [packed([5 - beat.length, beat])]],
  ['an empty frame in a pack', 'FrameInvalid', [packed([0, new Uint8Array()])]],
  ['a pack in a pack', 'FrameUnexpected', [frameOf('PACK', 0, true, u32(6), frameOf('PACK', 0, true))]],
  [
    'two answers to one call',
    'AnswerTwice',
    [answerFrame(1, false, refusal('x')), answerFrame(1, true, refusal('x'))],
    1,
  ],
  ['data before the answer', 'AnswerMissing', [frameOf('DATA', 1, false, piece)], 1],
  ['a piece above the limit', 'PieceTooLarge', [answerFrame(1, false, refusal('x'), new Uint8Array(65_537))], 1],
  ['empty data without end', 'PieceEmpty', [answerFrame(1, false, refusal('x')), frameOf('DATA', 1, false)], 1],
  ['credit for what was never sent', 'CreditInvalid', [frameOf('CREDIT', 1, false, u32(2))], 1],
  ['no credit at all', 'CreditInvalid', [frameOf('CREDIT', 1, false, u32(0))], 1],
])('attack on a gateway: %s drops the node', async (_name, reason, frames, calls = 0) => {
  const attacked = await attackGateway(frames, {}, calls);
  expect(attacked.reason).toBe(reason);
  for (const outcome of attacked.outcomes) expect(await outcome).toBeInstanceOf(LinkLost);
});

test('attack on a gateway: an endless answer drops the node at the limit', async () => {
  const data = Array.from({ length: 20 }, () => frameOf('DATA', 1, false, piece));
  const { reason } = await attackGateway([answerFrame(1, false, refusal('x')), ...data], { bodyBytes: 1_000_000 }, 1);
  expect(reason).toBe('BodyTooLarge');
});

test('attack on a gateway: many unfinished answers cost their own calls, not its memory', async () => {
  const frames = Array.from({ length: 16 }, (_, index) => [
    answerFrame(index + 1, false, refusal('x'), piece),
    frameOf('DATA', index + 1, false, piece),
  ]).flat();
  const { outcomes, reason } = await attackGateway(frames, { heldBytes: 1_000_000 }, 16);
  expect(reason).toBeNull();
  const lost = await Promise.race(outcomes);
  expect(lost).toBeInstanceOf(LinkLost);
});

test('attack on a gateway: data for finished calls without end drops the node', async () => {
  const frames = [
    answerFrame(1, true, refusal('x')),
    ...Array.from({ length: 10 }, () => frameOf('DATA', 1, false, piece)),
  ];
  expect((await attackGateway(frames, {}, 1)).reason).toBe('StreamUnknown');
});

/** A gateway session with a hand-written hello. */
function greet(hello: (challenge: string) => Record<string, unknown>) {
  const wire = createWire();
  const gateway = openGatewaySession({
    port: wire.gateway,
    clock: () => 0,
    address: gatewayAddress,
    random: (length) => new Uint8Array(length).fill(9),
    isOwnHost: (name) => name === host,
    onLink: () => expect.unreachable(),
  });
  const { challenge } = decodeJson(decodeFrame(wire.queue[0]!.bytes)!.payload) as { challenge: string };
  gateway.receive(frameOf('HELLO', 0, true, encodeJson(hello(challenge))));
  return wire.closed.gateway;
}

const signedHello = (challenge: string, gateway = host, node: Address = addressOf(key)) => ({
  node,
  gateway,
  issuedAt: 1,
  receipts: 3,
  signature: signTyped(nodeSessionStruct, { challenge, gateway, node, issuedAt: 1 }, key),
});

test('attack on a handshake: a recorded hello does not open a new link', () => {
  expect(greet(() => signedHello('00'.repeat(32)))).toBe('SignatureInvalid');
});

test('attack on a handshake: nobody joins under the address of another', () => {
  expect(greet((challenge) => signedHello(challenge, host, `0x${'22'.repeat(20)}` as Address))).toBe(
    'SignatureInvalid',
  );
});

test('attack on a handshake: a hello meant for another gateway is refused (somebody sits in the middle)', () => {
  expect(greet((challenge) => signedHello(challenge, 'evil.example'))).toBe('GatewayMismatch');
});

test('attack on a handshake: an address that is none is refused, not thrown', () => {
  expect(greet((challenge) => ({ ...signedHello(challenge), node: 'root' }))).toBe('SignatureInvalid');
});

test('attack on a handshake: frames before the hello drop the peer', () => {
  const wire = createWire();
  const gateway = openGatewaySession({
    port: wire.gateway,
    clock: () => 0,
    address: gatewayAddress,
    random: (length) => new Uint8Array(length),
    isOwnHost: () => true,
    onLink: () => expect.unreachable(),
  });
  gateway.receive(frameOf('ANNOUNCE', 0, true, encodeJson(announced)));
  expect(wire.closed.gateway).toBe('HelloMissing');
  const farewell = decodeFrame(wire.queue.at(-1)!.bytes)!;
  expect([farewell.type, decodeReason(farewell.payload)]).toEqual(['BYE', 'HelloMissing']);
});

test('an older node, which signs each receipt alone, is told what to do about it', () => {
  const wire = createWire();
  const gateway = openGatewaySession({
    port: wire.gateway,
    address: gatewayAddress,
    clock: () => 0,
    random: (length) => new Uint8Array(length),
    isOwnHost: () => true,
    onLink: () => expect.unreachable(),
  });
  const { receipts: _, ...hello } = signedHello('00'.repeat(32));
  gateway.receive(frameOf('HELLO', 0, true, encodeJson(hello)));
  const farewell = decodeReason(decodeFrame(wire.queue.at(-1)!.bytes)!.payload);
  expect([wire.closed.gateway, farewell.endsWith('; update the node and start it again')]).toEqual([farewell, true]);
});
