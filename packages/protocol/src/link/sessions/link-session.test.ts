import { expect, test } from 'vitest';
import {
  announced,
  connect,
  createWire,
  head,
  host,
  key,
  never,
  refusal,
  release,
  types,
} from '../../../test/connect-link.ts';
import type { Address } from '../../identity/address.ts';
import { addressOf } from '../../keys/private-key.ts';
import { signTyped } from '../../keys/sign-typed.ts';
import { decodeFrame } from '../frames/decode-frame.ts';
import { encodeFrame, u32 } from '../frames/encode-frame.ts';
import { frameTypes } from '../frames/frame.ts';
import { decodeJson, decodeReason, encodeJson } from '../frames/json-payload.ts';
import { type LinkLimits, linkLimits } from '../limits.ts';
import { LinkLost } from '../node-link.ts';
import { nodeSessionStruct } from '../node-session.ts';
import { openGatewaySession } from './open-gateway-session.ts';
import { openNodeSession } from './open-node-session.ts';

const frameOf = (...parts: Parameters<typeof encodeFrame>) => encodeFrame(...parts);

test('a node that signs the challenge is known by its address and its announcement', async () => {
  const { link, node, gateway } = await connect();
  expect(link.node).toBe(addressOf(key));
  expect(link.announcement()).toEqual(announced);
  expect([node.welcomed, gateway.welcomed]).toEqual([true, true]);
});

test('a new announcement replaces the old one, also when it takes many frames', async () => {
  const { link, say, flush } = await connect();
  const holdings = Array.from({ length: 5000 }, () => ({ release, state: 'cached' as const }));
  say({ ...announced, holdings, draining: true });
  await flush();
  expect(link.announcement().holdings.length).toBe(5000);
  expect(link.announcement().draining).toBe(true);
});

test('a small call is one frame there and one frame back', async () => {
  const { wire, link, flush } = await connect();
  const answer = link.call(head, encodeJson({ X: 1 }), never);
  expect(types(wire)).toEqual(['CALL']);
  await flush();
  expect(decodeJson((await answer).body)).toEqual({ X: 1 });
});

test.each([0, 1, 65_536, 65_537, 262_144, 262_145, 3_000_000])(
  'a body of %d bytes arrives whole both ways',
  async (length) => {
    const { link, flush } = await connect();
    const body = new Uint8Array(length).map((_, index) => index * 31);
    const answer = link.call(head, body, never);
    await flush();
    expect(Buffer.compare((await answer).body, body)).toBe(0);
  },
);

test('no more than a window is under way before the other end has taken it', async () => {
  const { wire, link } = await connect({ limits: { windowBytes: 100_000 } });
  void link.call(head, new Uint8Array(1_000_000), never).catch(() => {});
  const sent = wire.queue.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(sent).toBeGreaterThan(100_000);
  expect(sent).toBeLessThan(100_000 + 1_000);
});

test('a small call does not wait for a large one', async () => {
  const { wire, link, flush } = await connect();
  const order: string[] = [];
  const large = link.call(head, new Uint8Array(2_000_000), never).then(() => order.push('large'));
  const small = link.call(head, new Uint8Array(1), never).then(() => order.push('small'));
  expect(wire.queue.length).toBeLessThan(8);
  await flush();
  await Promise.all([large, small]);
  expect(order).toEqual(['small', 'large']);
});

test('a caller who leaves stops the work on the node, and its late frames do no harm', async () => {
  let stopped = false;
  const { link, flush, wire } = await connect({
    answerCall: (_head, body, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          stopped = true;
          resolve({ head: refusal('late'), body });
        });
      }),
  });
  const caller = new AbortController();
  const answer = link.call(head, new Uint8Array(10), caller.signal);
  const outcome = expect(answer).rejects.toThrow('gone');
  await flush();
  caller.abort(new Error('gone'));
  await outcome;
  await flush();
  expect(stopped).toBe(true);
  expect(wire.closed).toEqual({ gateway: null, node: null });
});

test('an answer that crosses with the cancellation is passed over', async () => {
  const { link, flush, wire } = await connect();
  const caller = new AbortController();
  const answer = link.call(head, new Uint8Array(300_000), caller.signal).catch(() => 'cancelled');
  caller.abort(new Error('gone'));
  expect(await answer).toBe('cancelled');
  await flush();
  const next = link.call(head, new Uint8Array(1), never);
  await flush();
  expect((await next).body.length).toBe(1);
  expect(wire.closed.gateway).toBeNull();
});

test('a link that dies tells each call whether the node can have begun', async () => {
  const { link, gateway } = await connect({ answerCall: () => new Promise(() => {}) });
  const whole = link.call(head, new Uint8Array(10), never).catch((error: LinkLost) => error.started);
  const half = link.call(head, new Uint8Array(1_000_000), never).catch((error: LinkLost) => error.started);
  gateway.end('socket closed');
  expect(await whole).toBe(true);
  expect(await half).toBe(false);
  await link.closed;
  await expect(link.call(head, new Uint8Array(1), never)).rejects.toBeInstanceOf(LinkLost);
});

test('a node that fails inside says so without its words', async () => {
  const { link, flush } = await connect({
    answerCall: async () => {
      throw new Error('secret path /home/operator');
    },
  });
  const answer = link.call(head, new Uint8Array(1), never);
  await flush();
  expect((await answer).head).toEqual({ ok: false, code: 'Internal', message: 'The node failed.', started: true });
});

test('calls beyond what a link carries are refused here, not sent', async () => {
  const { link } = await connect({ answerCall: () => new Promise(() => {}), limits: { streams: 2, bodyBytes: 100 } });
  void link.call(head, new Uint8Array(1), never).catch(() => {});
  void link.call(head, new Uint8Array(1), never).catch(() => {});
  expect((await link.call(head, new Uint8Array(1), never)).head).toMatchObject({ code: 'NodeBusy', started: false });
  expect((await link.call(head, new Uint8Array(101), never)).head).toMatchObject({ code: 'BodyTooLarge' });
});

test('silence of three beats ends the link, on either side', async () => {
  let now = 0;
  const { link, gateway, node, wire } = await connect({ clock: () => now });
  now = 30_000;
  gateway.beat();
  node.beat();
  expect(wire.closed).toEqual({ gateway: null, node: null });
  now = 30_001;
  gateway.beat();
  node.beat();
  expect(wire.closed).toEqual({ gateway: 'HeartbeatMissed', node: 'HeartbeatMissed' });
  await link.closed;
});

test('beats keep a quiet link alive', async () => {
  let now = 0;
  const { gateway, node, wire, flush } = await connect({ clock: () => now });
  for (now = 10_000; now < 200_000; now += 10_000) {
    gateway.beat();
    node.beat();
    await flush();
  }
  expect(wire.closed).toEqual({ gateway: null, node: null });
});

// Attacks by a node.

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

const answerFrame = (stream: number, end: boolean, said: unknown, body = new Uint8Array(), length?: number) => {
  const bytes = encodeJson(said);
  return frameOf('ANSWER', stream, end, u32(length ?? bytes.length), bytes, body);
};
const piece = new Uint8Array(65_536);
const deep = new TextEncoder().encode('['.repeat(60_000));

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
    'a flood of announcements',
    'AnnouncementsTooMany',
    Array.from({ length: 61 }, () => frameOf('ANNOUNCE', 0, true, encodeJson(announced))),
  ],
  ['empty pieces without end', 'AnnouncementTooLarge', [frameOf('ANNOUNCE', 0, false), frameOf('ANNOUNCE', 0, false)]],
  ['an answer nobody asked for', 'StreamUnknown', [answerFrame(5, true, refusal('x'))]],
  ['an answer on stream zero', 'StreamUnknown', [answerFrame(0, true, refusal('x'))]],
  ['a head longer than its frame', 'AnswerInvalid', [answerFrame(1, true, refusal('x'), undefined, 1_000_000)], 1],
  ['a head of another shape', 'AnswerInvalid', [answerFrame(1, true, { ok: true })], 1],
  ['a head nested sixty thousand deep', 'AnswerInvalid', [frameOf('ANSWER', 1, true, u32(deep.length), deep)], 1],
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
    random: (length) => new Uint8Array(length),
    isOwnHost: () => true,
    onLink: () => expect.unreachable(),
  });
  gateway.receive(frameOf('ANNOUNCE', 0, true, encodeJson(announced)));
  expect(wire.closed.gateway).toBe('HelloMissing');
  const farewell = decodeFrame(wire.queue.at(-1)!.bytes)!;
  expect([farewell.type, decodeReason(farewell.payload)]).toEqual(['BYE', 'HelloMissing']);
});

// Attacks by a gateway.

function attackNode(frames: Uint8Array[], limits: Partial<LinkLimits> = {}) {
  const wire = createWire();
  let calls = 0;
  const node = openNodeSession({
    port: wire.node,
    key,
    host,
    clock: () => 0,
    announcement: () => announced,
    answerCall: () => {
      calls++;
      return new Promise(() => {});
    },
    limits: { ...linkLimits, ...limits },
  });
  node.receive(frameOf('CHALLENGE', 0, true, encodeJson({ protocol: 1, challenge: '00'.repeat(32) })));
  node.receive(frameOf('WELCOME', 0, true));
  for (const frame of frames) node.receive(frame);
  return { reason: wire.closed.node, calls, answers: wire.queue.filter(({ bytes }) => bytes[0] === frameTypes.ANSWER) };
}

const callFrame = (stream: number, end = true, said: unknown = head, body = new Uint8Array()) => {
  const bytes = encodeJson(said);
  return frameOf('CALL', stream, end, u32(bytes.length), bytes, body);
};

test.each<[string, string, Uint8Array[]]>([
  [
    'a second challenge to sign',
    'ChallengeInvalid',
    [frameOf('CHALLENGE', 0, true, encodeJson({ protocol: 1, challenge: 'ff'.repeat(32) }))],
  ],
  ['a second welcome', 'WelcomeUnexpected', [frameOf('WELCOME', 0, true)]],
  ['a call without a head', 'CallInvalid', [frameOf('CALL', 1, true)]],
  ['a call for what is no release', 'CallInvalid', [callFrame(1, true, { ...head, release: '../../etc' })]],
  ['a call without a deadline', 'CallInvalid', [callFrame(1, true, { ...head, deadlineMs: 0 })]],
  ['one stream used twice', 'StreamReused', [callFrame(1), callFrame(1)]],
  ['more calls than agreed', 'StreamsTooMany', Array.from({ length: 257 }, (_, index) => callFrame(index + 1))],
  ['data after the end of a call', 'DataAfterEnd', [callFrame(1), frameOf('DATA', 1, true, piece)]],
  ['credit before an answer', 'CreditInvalid', [callFrame(1), frameOf('CREDIT', 1, false, u32(1))]],
  ['a stream that was never opened', 'StreamUnknown', [frameOf('CANCEL', 7, true)]],
  ['the frames of a node', 'FrameUnexpected', [callFrame(1), frameOf('ANSWER', 1, true)]],
])('attack on a node: %s drops the gateway', (_name, reason, frames) => {
  expect(attackNode(frames).reason).toBe(reason);
});

test('attack on a node: too many unfinished bodies are refused one by one', () => {
  const frames = Array.from({ length: 20 }, (_, index) => callFrame(index + 1, false, head, piece));
  const { reason, calls, answers } = attackNode(frames, { heldBytes: 1_000_000 });
  expect([reason, calls]).toEqual([null, 0]);
  expect(answers.length).toBe(5);
});

test('attack on a node: cancelled and reopened calls do not run for ever', () => {
  const frames = Array.from({ length: 1000 }, (_, index) => [
    callFrame(index + 1),
    frameOf('CANCEL', index + 1, true),
  ]).flat();
  expect(attackNode(frames)).toMatchObject({ reason: null, calls: 1000 });
});
