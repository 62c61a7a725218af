import { expect, test } from 'vitest';
import { createBodyBudget } from './body-budget.ts';

const MiB = 2 ** 20;

test('what calls hold is counted by network and in all, and given back once', () => {
  const budget = createBodyBudget({ inAll: 80 * MiB, perNetwork: 40 * MiB });
  const [first, same, other, third] = ['10.0.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.3'].map(budget.open) as [
    ReturnType<typeof budget.open>,
    ReturnType<typeof budget.open>,
    ReturnType<typeof budget.open>,
    ReturnType<typeof budget.open>,
  ];
  expect(first.take(35 * MiB)).toBeNull();
  expect(first.take(1)).toBe('network');
  expect(same.take(MiB)).toBe('network');
  expect(other.take(35 * MiB)).toBeNull();
  expect(third.take(MiB)).toBe('all');
  first.close();
  first.close();
  expect(same.take(35 * MiB)).toBeNull();
  expect(third.take(MiB)).toBe('all');
  other.close();
  expect(third.take(35 * MiB)).toBeNull();
});

test('attack by a caller: large bodies leave room for small ones, of the same network too', () => {
  const budget = createBodyBudget({ inAll: 8 * MiB, perNetwork: 8 * MiB });
  const large = budget.open('10.0.0.1');
  while (large.take(64 * 1024) === null);
  expect(budget.open('10.0.0.1').take(100_000)).toBeNull();
  expect(budget.open('10.0.0.2').take(100_000)).toBeNull();
  expect(budget.open('10.0.0.2').take(200_000)).toBe('all');
});
