import { expect, test } from 'vitest';
import { defaultPolicy } from '../policy/policy.ts';
import { emptyNodeState } from './node-state.ts';
import { betaQuantile, reliabilityAt } from './reliability.ts';

test.each([
  // Beta(n, 1) and Beta(1, n) have closed quantiles: share^(1/n) and 1 - (1 - share)^(1/n).
  [0.05, 1, 1, 0.05],
  [0.05, 31, 1, 0.05 ** (1 / 31)],
  [0.05, 301, 1, 0.05 ** (1 / 301)],
  [0.05, 100_001, 1, 0.05 ** (1 / 100_001)],
  [0.05, 1, 31, 1 - 0.95 ** (1 / 31)],
  // Beta(2, 2): 3x² − 2x³ = 0.05 at x = 0.13535…
  [0.05, 2, 2, 0.1353502],
  [0.5, 50, 50, 0.5],
])('the %d quantile of Beta(%d, %d)', (share, a, b, expected) => {
  expect(betaQuantile(share, a, b)).toBeCloseTo(expected, 6);
});

const day = 24 * 3600_000;
const after = (passed: number, failed: number, days: number) =>
  reliabilityAt(
    { ...emptyNodeState('0xaa' as never), audits: { passed, failed, count: passed + failed, at: 0 } },
    days * day,
    defaultPolicy,
  );

test('thirty clean audits only bound bad answers below a tenth, and the number of audits is told', () => {
  expect(after(30, 0, 0).atLeast).toBeGreaterThan(0.9);
  expect(after(30, 0, 0).atLeast).toBeLessThan(0.91);
  expect(after(30, 0, 0).audits).toBe(30);
  expect(after(0, 0, 0).atLeast).toBeCloseTo(0.05);
});

test('audits weigh less with age, failures weigh at once', () => {
  expect(after(30, 0, 30).atLeast).toBeCloseTo(after(15, 0, 0).atLeast, 9);
  expect(after(30, 3, 0).atLeast).toBeLessThan(after(30, 0, 0).atLeast - 0.05);
});
