import { expect, test } from 'vitest';
import * as story from '../../test/release-story.ts';
import { nodes, policy, rules } from '../../test/release-story.ts';
import { activatedOf, figureActivation } from '../activation/figure-activation.ts';
import { reduceRelease } from '../network/reduce-release.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import { emptyReleaseState } from './release-state.ts';
import { stagesUntil } from './stages.ts';

const t0 = 1_790_000_000_000;
/** Short: a check of this policy ages within seconds. */
const step = 50;
const day = 24 * 3600_000;
const [node] = nodes as [(typeof nodes)[0]];

const fold = (...statements: LoggedStatement[]) =>
  statements.reduce((state, logged) => reduceRelease(state, logged, rules), emptyReleaseState(t0));
const path = [
  story.published(t0),
  story.stored(t0 + step),
  story.drawn(t0 + step, [node], 1),
  story.reported(t0 + 2 * step, node),
  story.probed(t0 + 3 * step),
];

test('each stage keeps the time at which it was true for the first time, whatever becomes of it', () => {
  const state = fold(...path);
  expect(state.reached).toEqual({
    Uploaded: t0,
    Stored: t0 + step,
    Verified: t0 + 2 * step,
    Reachable: t0 + 3 * step,
  });
  const again = fold(...path, story.stored(t0 + 9 * day), story.probed(t0 + 9 * day));
  expect(again.reached).toEqual(state.reached);
});

test('a call without a key makes it work, and only one that a stranger signed is independent', () => {
  const keyless = story.called(t0 + 4 * step, { keyless: 1 });
  const signed = story.called(t0 + 6 * step, { signed: 1, callers: 1, lastGoodAt: t0 + 4 * step });
  expect(fold(...path, keyless).reached).toMatchObject({ Worked: t0 + 4 * step });
  expect(fold(...path, keyless).reached.Independent).toBeUndefined();
  expect(fold(...path, keyless, signed).reached).toMatchObject({
    Worked: t0 + 4 * step,
    Independent: t0 + 6 * step,
  });
});

test('a release stands at a stage until the first thing before it grows old', () => {
  const state = fold(...path, story.called(t0 + 4 * step, { signed: 1, callers: 1, lastGoodAt: t0 + 4 * step }));
  const until = stagesUntil(state, t0 + 5 * step, { policy });
  const life = (seconds: number, at: number) => at + seconds * 1000;
  const { freshness } = policy;
  expect(until.stored).toBe(life(freshness.storedSeconds, t0 + step));
  expect(until.verified).toBe(Math.min(until.stored, life(freshness.verifiedSeconds, t0 + 2 * step)));
  expect(until.reachable).toBe(Math.min(until.verified, life(freshness.reachableSeconds, t0 + 3 * step)));
  expect(until.worked).toBe(Math.min(until.reachable, state.calls.lastGoodAt! + 7 * day));
  expect(stagesUntil(state, until.reachable, { policy })).toMatchObject({ reachable: 0, worked: 0 });
});

test('figures count each stage within the one before, and times by nearest rank', () => {
  const at = t0 + 10 * step;
  const whole = activatedOf(
    fold(...path, story.called(t0 + 4 * step, { signed: 1, callers: 1, lastGoodAt: t0 + 4 * step })),
    at,
    { policy },
  );
  const idle = activatedOf(fold(...path), at, { policy });
  const stored = activatedOf(fold(...path.slice(0, 2)), at, { policy });
  const hidden = { ...whole, listed: false };
  const { counts, took, idle: share } = figureActivation([whole, idle, stored, hidden], at);
  expect(counts).toEqual({ published: 3, stored: 3, verified: 2, reachable: 2, worked: 1 });
  expect(share).toEqual({ callable: 2, idle: 1 });
  expect(took.stored).toEqual({ of: 3, p10: step, p25: step, p50: step, p75: step, p90: step, p99: step });
  expect(took.independent).toMatchObject({ of: 1, p50: 4 * step });
  expect(figureActivation([whole], at + 40 * day).took.stored).toMatchObject({ of: 0, p50: null });
});
