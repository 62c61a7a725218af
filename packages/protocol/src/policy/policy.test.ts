import { expect, test } from 'vitest';
import { Check } from '../schema/check.ts';
import { defaultPolicy, Policy } from './policy.ts';
import { unknownRules } from './unknown-rules.ts';

test('the default policy is one, with the freshness of the design', () => {
  expect(Check(Policy, defaultPolicy)).toBe(true);
  expect(defaultPolicy.freshness).toEqual({ storedSeconds: 86_400, verifiedSeconds: 2_592_000, reachableSeconds: 600 });
  expect(defaultPolicy.validators.quorum).toBeLessThanOrEqual(defaultPolicy.validators.draw);
  // Two halves of a panel cannot each be a quorum.
  expect(2 * defaultPolicy.validators.quorum).toBeGreaterThan(defaultPolicy.validators.draw);
});

test.each<[string, object]>([
  ['a freshness of nothing', { freshness: { ...defaultPolicy.freshness, storedSeconds: 0 } }],
  ['a freshness that ends no date can name', { freshness: { ...defaultPolicy.freshness, storedSeconds: 1e13 } }],
  ['a quorum of none', { validators: { draw: 5, quorum: 0, revealSeconds: 10 } }],
  ['a share above all', { worked: { failureShare: 1.1, minimumCalls: 1 } }],
  ['an epoch of zero', { epoch: 0 }],
  ['rules of another version', { rules: 3 }],
])('%s is refused', (_, change) => {
  expect(Check(Policy, { ...defaultPolicy, ...change })).toBe(false);
});

test('further members are kept and mean nothing: a later hub may say more', () => {
  const more = { ...defaultPolicy, fees: { share: 0.1 }, freshness: { ...defaultPolicy.freshness, heldSeconds: 5 } };
  expect(Check(Policy, more)).toBe(true);
  expect(unknownRules(more)).toBeNull();
});

test.each<[unknown, string | null]>([
  [{ rules: 1 }, null],
  [{}, null],
  [null, null],
  ['text', null],
  [{ rules: 99 }, '99'],
  [{ rules: 0 }, '0'],
  [{ rules: '1' }, 'no number'],
  [{ rules: null }, 'no number'],
  [{ rules: { toString: 'x'.repeat(1000) } }, 'no number'],
])('of the policy %j the rules are unknown: %j', (policy, rules) => {
  expect(unknownRules(policy)).toBe(rules);
});
