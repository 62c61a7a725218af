import { expect, test } from 'vitest';
import * as story from '../../test/release-story.ts';
import { nodes, policy, publisher, rules, stranger } from '../../test/release-story.ts';
import { deriveConditions } from '../network/derive-conditions.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import type { ConditionType } from './condition.ts';
import { failingCondition, isCallable } from './conditions-at.ts';

const t0 = 1_790_000_000_000;
const life = policy.freshness.verifiedSeconds * 1000;
const [n1, n2, n3, n4] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
const at = (type: ConditionType, now: number, ...statements: LoggedStatement[]) =>
  deriveConditions([story.published(t0), ...statements], now, rules).find((condition) => condition.type === type)!;
const time = (ms: number) => new Date(ms).toISOString();

test('a release nothing is known of has five unknown conditions that say what is awaited', () => {
  const conditions = deriveConditions([], t0, rules);
  expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ['Uploaded', 'Unknown', 'UploadIncomplete'],
    ['Stored', 'Unknown', 'AwaitingStore'],
    ['Verified', 'Unknown', 'AwaitingValidators'],
    ['Reachable', 'Unknown', 'AwaitingProbe'],
    ['Worked', 'Unknown', 'NeverCalled'],
  ]);
  for (const condition of conditions)
    expect(condition).toMatchObject({
      lastCheckTime: null,
      evidence: [],
      next: expect.stringMatching(/^[a-z]+: [A-Z].*\.$/),
    });
  expect(failingCondition(conditions)?.type).toBe('Uploaded');
});

test('a release with everything but calls is callable, and tells no remedy for what is True', () => {
  const conditions = deriveConditions(
    [story.published(t0), story.stored(t0), story.drawn(t0, [n1], 1), story.reported(t0, n1), story.probed(t0)],
    t0,
    rules,
  );
  expect(isCallable(conditions)).toBe(true);
  expect(failingCondition(conditions)).toBeNull();
  expect(conditions.filter(({ status }) => status === 'True').map(({ next }) => next)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test('a stale check is renewed: unknown since it aged, true since it was checked again', () => {
  const end = t0 + policy.freshness.storedSeconds * 1000;
  const first = story.stored(t0);
  expect(at('Stored', end - 1, first)).toMatchObject({ status: 'True', lastTransitionTime: time(t0) });
  expect(at('Stored', end, first)).toMatchObject({
    status: 'Unknown',
    reason: 'CheckStale',
    lastTransitionTime: time(end),
    lastCheckTime: time(t0),
  });
  expect(at('Stored', end + 9, first, story.stored(end + 9))).toMatchObject({
    status: 'True',
    lastTransitionTime: time(end + 9),
  });
  expect(at('Stored', end + 9, first, story.stored(end - 1))).toMatchObject({
    status: 'True',
    lastTransitionTime: time(t0),
    lastCheckTime: time(end - 1),
  });
});

test('a check that ages while it says False stays False', () => {
  expect(at('Stored', t0 + 1e9, story.stored(t0, false))).toMatchObject({
    status: 'False',
    reason: 'HashMismatch',
    lastTransitionTime: time(t0),
  });
});

test('what is kept only until a time is no longer stored then, however lately or long ago it was checked', () => {
  const stale = t0 + policy.freshness.storedSeconds * 1000;
  const until = (end: number) => story.stored(t0, true, rules.hub, { storedUntil: end });
  const ended = (end: number) => ({ status: 'False', reason: 'BlobExpired', lastTransitionTime: time(end) });
  expect(at('Stored', t0 + 99, until(t0 + 100))).toMatchObject({ status: 'True' });
  expect(at('Stored', t0 + 100, until(t0 + 100))).toMatchObject({
    ...ended(t0 + 100),
    next: expect.stringContaining('publisher: '),
  });
  expect(at('Stored', stale, until(stale + 100))).toMatchObject({ status: 'Unknown', reason: 'CheckStale' });
  expect(at('Stored', stale + 100, until(stale + 100))).toMatchObject(ended(stale + 100));
  // Bought anew, without an end, and what a statement says that comes too late.
  expect(at('Stored', t0 + 300, until(t0 + 100), story.stored(t0 + 200))).toMatchObject({
    status: 'True',
    lastTransitionTime: time(t0 + 200),
  });
  expect(at('Stored', t0, until(t0 - 100))).toMatchObject(ended(t0));
  // A time that no clock can show is no statement at all.
  expect(at('Stored', t0, until(8.64e15 + 1))).toMatchObject({ status: 'Unknown', reason: 'AwaitingStore' });
});

test('Verified ends when the youngest report that the quorum cannot spare grows old', () => {
  const panel = [
    story.drawn(t0, [n1, n2, n3], 2),
    story.reported(t0 + 10, n1),
    story.reported(t0 + 20, n2),
    story.reported(t0 + 30, n3),
  ];
  expect(at('Verified', t0 + 20 + life - 1, ...panel)).toMatchObject({
    status: 'True',
    lastTransitionTime: time(t0 + 20),
  });
  expect(at('Verified', t0 + 20 + life, ...panel)).toMatchObject({
    status: 'Unknown',
    reason: 'CheckStale',
    lastTransitionTime: time(t0 + 20 + life),
    lastCheckTime: time(t0 + 30),
  });
});

test('a renewed report keeps Verified True without a transition, for as long as the quorum is young', () => {
  const panel = [
    story.drawn(t0, [n1, n2], 2),
    story.reported(t0, n1),
    story.reported(t0, n2),
    story.reported(t0 + life - 1, n1),
  ];
  expect(at('Verified', t0 + life - 1, ...panel)).toMatchObject({ status: 'True', lastTransitionTime: time(t0) });
  expect(at('Verified', t0 + life, ...panel)).toMatchObject({ status: 'Unknown' });
  const renewed = [...panel, story.reported(t0 + life - 1, n2)];
  expect(at('Verified', t0 + 2 * life - 2, ...renewed)).toMatchObject({ status: 'True', lastTransitionTime: time(t0) });
});

test('a report supersedes the earlier one of the same node, and its quorum with it', () => {
  const panel = [story.drawn(t0, [n1], 1), story.reported(t0, n1), story.reported(t0 + 5, n1, false)];
  expect(at('Verified', t0 + 5, ...panel)).toMatchObject({
    status: 'False',
    reason: 'VectorFailed',
    lastTransitionTime: time(t0 + 5),
  });
  expect(at('Verified', t0 + 9, ...panel, story.reported(t0 + 9, n1))).toMatchObject({
    status: 'True',
    lastTransitionTime: time(t0 + 9),
  });
});

test('a failure that has grown old counts against nothing, to the millisecond', () => {
  const before = [story.drawn(t0, [n1, n2], 2), story.reported(t0, n1, false)];
  const redrawn = (now: number) => at('Verified', now, ...before, story.drawn(now, [n1, n3], 2));
  expect(redrawn(t0 + life - 1)).toMatchObject({ status: 'False', lastTransitionTime: time(t0) });
  expect(redrawn(t0 + life)).toMatchObject({ status: 'Unknown', reason: 'AwaitingValidators' });
});

test('a redrawn panel keeps the reports of those who stay, and checks nothing by itself', () => {
  const before = [story.drawn(t0, [n1, n2], 2), story.reported(t0 + 1, n1), story.reported(t0 + 2, n2)];
  expect(at('Verified', t0 + 50, ...before, story.drawn(t0 + 50, [n1, n2, n3], 2))).toMatchObject({
    status: 'True',
    lastTransitionTime: time(t0 + 2),
    lastCheckTime: time(t0 + 2),
  });
  expect(at('Verified', t0 + 50, ...before, story.drawn(t0 + 50, [n1, n3], 2))).toMatchObject({
    status: 'Unknown',
    reason: 'AwaitingValidators',
    lastTransitionTime: time(t0 + 50),
    lastCheckTime: time(t0 + 2),
  });
});

test('attack: a node that is drawn twice has one vote', () => {
  expect(at('Verified', t0, story.drawn(t0, [n1, n1, n1], 2), story.reported(t0, n1)).status).not.toBe('True');
});

test('attack: a hub that draws a quorum below its published policy is not followed', () => {
  const strict = { ...rules, policy: { ...policy, validators: { draw: 5, quorum: 3, revealSeconds: 10 } } };
  const statements = [
    story.published(t0),
    story.drawn(t0, [n1, n2, n3, n4], 1),
    story.reported(t0, n1),
    story.reported(t0, n2),
  ];
  const verified = (all: LoggedStatement[]) => deriveConditions(all, t0, strict)[2]!.status;
  expect(verified(statements)).toBe('Unknown');
  expect(verified([...statements, story.reported(t0, n3)])).toBe('True');
  // With fewer nodes than the policy asks for, all of them must agree.
  expect(verified([story.published(t0), story.drawn(t0, [n1, n2], 1), story.reported(t0, n1)])).toBe('Unknown');
});

test('attack: reports from before a new policy epoch do not verify under it', () => {
  const old = [story.drawn(t0, [n1], 1), story.reported(t0, n1)];
  expect(at('Verified', t0 + 1, ...old, story.drawn(t0 + 1, [n1], 1, 2))).toMatchObject({
    status: 'Unknown',
    reason: 'AwaitingValidators',
    lastTransitionTime: time(t0 + 1),
  });
  expect(
    at('Verified', t0 + 2, ...old, story.drawn(t0 + 1, [n1], 1, 2), story.reported(t0 + 2, n1, true, { epoch: 1 }))
      .status,
  ).toBe('Unknown');
  const renewed = [...old, story.drawn(t0 + 1, [n1], 1, 2), story.reported(t0 + 2, n1, true, { epoch: 2 })];
  const verifiedUnder = (epoch: number) =>
    deriveConditions([story.published(t0), ...renewed], t0 + 2, { ...rules, policy: { ...policy, epoch } })[2];
  expect(verifiedUnder(2)?.status).toBe('True');
  // Without a single new statement: what was checked under another epoch is not known under this one.
  expect(verifiedUnder(3)).toMatchObject({ status: 'Unknown', reason: 'PolicyChanged' });
});

test('a draw that comes too late, under an epoch that is in force no more, moves nothing that is shown', () => {
  const late = [story.drawn(t0, [n1], 1, 2), story.reported(t0, n1, true, { epoch: 2 })];
  expect(at('Verified', t0, ...late)).toMatchObject({ status: 'Unknown', reason: 'PolicyChanged' });
  expect(at('Verified', t0 + 1, ...late, story.drawn(t0 + 1, [], 1))).toMatchObject({
    status: 'Unknown',
    reason: 'AwaitingValidators',
    lastTransitionTime: time(t0),
  });
});

test('attack: a hub that logs an old report late does not make it young', () => {
  const late = story.reported(t0 + life - 1, n1, true, { issuedAt: t0 });
  expect(at('Verified', t0 + life - 1, story.drawn(t0, [n1], 1), late).status).toBe('True');
  expect(at('Verified', t0 + life, story.drawn(t0, [n1], 1), late).status).toBe('Unknown');
});

test('attack: a node whose clock runs ahead does not stay fresh for longer', () => {
  const ahead = story.reported(t0, n1, true, { issuedAt: t0 + 299_000 });
  expect(at('Verified', t0 + life, story.drawn(t0, [n1], 1), ahead).status).toBe('Unknown');
});

test('attack: a publisher who is drawn cannot validate itself, not even before it is known who published', () => {
  expect(at('Verified', t0, story.drawn(t0, [publisher], 1), story.reported(t0, publisher)).status).toBe('Unknown');
  const early = [story.drawn(t0, [publisher], 1), story.reported(t0, publisher), story.published(t0)];
  expect(deriveConditions(early, t0, rules)[2]!.status).toBe('Unknown');
});

test('attack: a second publisher of the same digest takes nothing over', () => {
  const second = story.published(t0 + 1, stranger, { publisher: stranger, name: 'iris', version: '1.0.0' });
  expect(at('Uploaded', t0 + 1, second)).toMatchObject({
    status: 'True',
    lastTransitionTime: time(t0),
    lastCheckTime: time(t0),
  });
  expect(
    at('Verified', t0 + 2, second, story.drawn(t0, [publisher], 1), story.reported(t0 + 2, publisher)).status,
  ).toBe('Unknown');
});

test('a False names the reason that most nodes give', () => {
  const reasons = ['LoadFailed', 'OutOfMemory', 'OutOfMemory'];
  const reports = reasons.map((reason, index) => story.reported(t0, nodes[index]!, false, { reason }));
  expect(at('Verified', t0, story.drawn(t0, [n1, n2, n3], 1), ...reports)).toMatchObject({
    status: 'False',
    reason: 'OutOfMemory',
    message: 'OutOfMemory. (2 of 3 nodes)',
  });
});

test('a reason this version does not know is shown, without inventing a remedy', () => {
  const report = story.reported(t0, n1, false, { reason: 'QuantumDecoherence' });
  expect(at('Verified', t0, story.drawn(t0, [n1], 1), report)).toMatchObject({
    status: 'False',
    reason: 'QuantumDecoherence',
    next: null,
  });
});

test('a blocked step says why, does not count as a check, and takes nothing from a quorum that stands', () => {
  expect(at('Verified', t0 + 1, story.blocked(t0 + 1))).toMatchObject({
    status: 'False',
    reason: 'NoNodeFits',
    lastCheckTime: null,
  });
  expect(at('Verified', t0 + 1, story.blocked(t0 + 1, 'Verified', 'True')).status).toBe('Unknown');
  const verified = [story.drawn(t0, [n1], 1), story.reported(t0, n1)];
  expect(at('Verified', t0 + 1, ...verified, story.blocked(t0 + 1)).status).toBe('True');
  expect(at('Verified', t0 + life, ...verified, story.blocked(t0 + life))).toMatchObject({
    status: 'False',
    reason: 'NoNodeFits',
    lastTransitionTime: time(t0 + life),
  });
  expect(at('Reachable', t0 + 1, story.probed(t0), story.blocked(t0 + 1, 'Reachable', 'Unknown'))).toMatchObject({
    status: 'Unknown',
    lastCheckTime: time(t0),
  });
  expect(at('Stored', t0 + 1, story.stored(t0), story.blocked(t0 + 1, 'Stored')).status).toBe('True');
});

test('Worked is earned by strangers, proves less without a key, and nothing by own calls', () => {
  expect(at('Worked', t0, story.called(t0, { own: 3 }))).toMatchObject({
    status: 'Unknown',
    reason: 'OnlyPublisherCalls',
  });
  expect(at('Worked', t0, story.called(t0, { keyless: 1, lastGoodAt: t0 }))).toMatchObject({
    status: 'True',
    reason: 'CalledWithoutKey',
    message: expect.stringContaining(time(t0)),
  });
  expect(at('Worked', t0, story.called(t0, { signed: 2, callers: 1, lastGoodAt: t0 }))).toMatchObject({
    status: 'True',
    reason: 'CalledIndependently',
    message: `2 signed calls by 1 independent caller, last at ${time(t0)}.`,
  });
  expect(at('Worked', t0, story.called(t0, { failed: 1 }))).toMatchObject({
    status: 'False',
    reason: 'RecentFailures',
  });
});

test('Worked falls when at least the share of the policy fails, of at least so many calls, and rises again', () => {
  const good = story.called(t0, { signed: 2, callers: 2, lastGoodAt: t0 });
  expect(at('Worked', t0, good, story.called(t0, { failed: 3 }))).toMatchObject({ status: 'True' });
  expect(at('Worked', t0, good, story.called(t0, { failed: 4 }))).toMatchObject({
    status: 'False',
    reason: 'RecentFailures',
  });
  expect(
    at(
      'Worked',
      t0 + 2,
      good,
      story.called(t0 + 1, { failed: 4 }),
      story.called(t0 + 2, { signed: 9, callers: 2, lastGoodAt: t0 + 2 }),
    ),
  ).toMatchObject({ status: 'True', lastTransitionTime: time(t0 + 2) });
  const half = story.called(t0, { signed: 3, failed: 3, callers: 1, lastGoodAt: t0 });
  expect(at('Worked', t0, half).status).toBe('False');
});

test('each report of calls halves what was remembered of the earlier ones', () => {
  const failing = story.called(t0, { failed: 8 });
  const good = (ms: number, signed: number) => story.called(ms, { signed, callers: 1, lastGoodAt: ms });
  // 4 of 7, then 2 of 5.5.
  expect(at('Worked', t0 + 1, failing, good(t0 + 1, 3)).status).toBe('False');
  expect(at('Worked', t0 + 2, failing, good(t0 + 1, 3), good(t0 + 2, 2)).status).toBe('True');
});

test('attack: a node dates its receipt beyond every calendar, and the fold neither fails nor believes it', () => {
  const first = story.called(t0, { signed: 1, callers: 1, lastGoodAt: Number.MAX_SAFE_INTEGER });
  expect(at('Worked', t0, first).message).toContain(`last at ${time(t0)}`);
  expect(at('Worked', t0 + 9, first, story.called(t0 + 9, { keyless: 1, lastGoodAt: 5 })).message).toContain(
    `last at ${time(t0)}`,
  );
});
