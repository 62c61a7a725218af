import { expect, test } from 'vitest';
import {
  announced,
  createReceipts,
  createWire,
  frameOf,
  gatewayAddress,
  head,
  host,
  key,
  piece,
} from '../../../test/connect-link.ts';
import { encodeCallHead } from '../frames/call-head.ts';
import { u32 } from '../frames/encode-frame.ts';
import { frameTypes } from '../frames/frame.ts';
import { encodeJson } from '../frames/json-payload.ts';
import { type LinkLimits, linkLimits } from '../limits.ts';
import { openNodeSession } from './open-node-session.ts';

function attackNode(frames: Uint8Array[], limits: Partial<LinkLimits> = {}) {
  const wire = createWire();
  let calls = 0;
  const node = openNodeSession({
    port: wire.node,
    key,
    host,
    clock: () => 0,
    announcement: () => announced,
    openReceipts: createReceipts(() => 0),
    answerCall: () => {
      calls++;
      return new Promise(() => {});
    },
    limits: { ...linkLimits, ...limits },
  });
  node.receive(
    frameOf('CHALLENGE', 0, true, encodeJson({ protocol: 1, challenge: '00'.repeat(32), gateway: gatewayAddress })),
  );
  node.receive(frameOf('WELCOME', 0, true));
  for (const frame of frames) node.receive(frame);
  return { reason: wire.closed.node, calls, answers: wire.queue.filter(({ bytes }) => bytes[0] === frameTypes.ANSWER) };
}

const callFrame = (stream: number, end = true, bytes = encodeCallHead(head), body = new Uint8Array()) =>
  frameOf('CALL', stream, end, u32(bytes.length), bytes, body);
/** An honest head with one byte set. */
const altered = (at: number, value: number) => encodeCallHead(head).map((byte, index) => (index === at ? value : byte));
const traced = encodeCallHead({ ...head, origin: 'o', traceparent: 't' });

test.each<[string, string, Uint8Array[]]>([
  [
    'a second challenge to sign',
    'ChallengeInvalid',
    [frameOf('CHALLENGE', 0, true, encodeJson({ protocol: 1, challenge: 'ff'.repeat(32) }))],
  ],
  ['a second welcome', 'WelcomeUnexpected', [frameOf('WELCOME', 0, true)]],
  ['a call without a head', 'CallInvalid', [frameOf('CALL', 1, true)]],
  ['a call in an encoding of nobody', 'CallInvalid', [callFrame(1, true, altered(0, 9))]],
  ['a call with unknown flags', 'CallInvalid', [callFrame(1, true, altered(1, 2))]],
  ['a call without a deadline', 'CallInvalid', [callFrame(1, true, encodeCallHead({ ...head, deadlineMs: 0 }))]],
  ['a call with a deadline of weeks', 'CallInvalid', [callFrame(1, true, altered(2, 255))]],
  ['a head that is cut', 'CallInvalid', [callFrame(1, true, encodeCallHead(head).subarray(0, 80))]],
  ['an origin longer than its head', 'CallInvalid', [callFrame(1, true, altered(90, 64))]],
  [
    'an origin longer than any',
    'CallInvalid',
    [callFrame(1, true, encodeCallHead({ ...head, origin: 'x'.repeat(65) }))],
  ],
  [
    'an origin that is no text',
    'CallInvalid',
    [
      callFrame(
        1,
        true,
        traced.map((byte, at) => (at === 91 ? 255 : byte)),
      ),
    ],
  ],
  ['a head of JSON', 'CallInvalid', [callFrame(1, true, encodeJson(head))]],
  ['a pack of nothing', 'FrameInvalid', [frameOf('PACK', 0, true)]],
  ['a pack that is cut', 'FrameInvalid', [frameOf('PACK', 0, true, u32(100), callFrame(1))]],
  ['a pack in a pack', 'StreamUnknown', [frameOf('PACK', 0, true, u32(10), frameOf('PACK', 0, true, u32(0)))]],
  ['a batch', 'StreamUnknown', [frameOf('BATCH', 0, true)]],
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
  const frames = Array.from({ length: 20 }, (_, index) => callFrame(index + 1, false, encodeCallHead(head), piece));
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
