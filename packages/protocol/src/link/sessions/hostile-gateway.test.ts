import { expect, test } from 'vitest';
import { announced, createWire, frameOf, head, host, key, piece } from '../../../test/connect-link.ts';
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
