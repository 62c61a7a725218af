import { createReleaseView } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createLostCalls } from './lost-calls.ts';

const release = createReleaseView();
const callOf = (text: string) => ({ encoding: 'plain' as const, body: new TextEncoder().encode(text) });
const killer = callOf('killer');

function start() {
  let now = 1_000_000;
  const calls = createLostCalls(() => now);
  return { calls, pass: (ms: number) => (now += ms) };
}

test('attack by a caller: a call that was under way on two links that broke is refused for a minute, and no other is', () => {
  const { calls, pass } = start();
  calls.lost(release.digest, killer, {});
  expect(calls.refusalOf(release, killer)).toBeNull();
  pass(5_000);
  calls.lost(release.digest, killer, {});
  expect(calls.refusalOf(release, killer)).toMatchObject({
    code: 'CallLostTwice',
    who: 'caller',
    details: { release: release.reference, retryAfterSeconds: 60 },
  });
  expect(calls.refusalOf(release, callOf('innocent'))).toBeNull();
  pass(59_999);
  expect(calls.refusalOf(release, killer)?.details.retryAfterSeconds).toBe(1);
  pass(1);
  expect(calls.refusalOf(release, killer)).toBeNull();
  calls.lost(release.digest, killer, {});
  expect(calls.refusalOf(release, killer)).not.toBeNull();
});

test('many calls with the same inputs break with one link once', () => {
  const { calls } = start();
  const link = {};
  for (let n = 0; n < 16; n++) calls.lost(release.digest, killer, link);
  expect(calls.refusalOf(release, killer)).toBeNull();
});

test('an answer in between clears it: a popular call was there when two nodes died', () => {
  const { calls } = start();
  calls.lost(release.digest, killer, {});
  calls.answered(release.digest, killer);
  calls.lost(release.digest, killer, {});
  expect(calls.refusalOf(release, killer)).toBeNull();
});

test('attack by a caller: a hundred thousand lost calls are not all remembered', () => {
  const { calls } = start();
  calls.lost(release.digest, killer, {});
  for (let n = 0; n < 100_000; n++) calls.lost(release.digest, callOf(`${n}`), {});
  calls.lost(release.digest, killer, {});
  expect(calls.refusalOf(release, killer)).toBeNull();
});
