import type { Address, Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createComparisons } from './comparisons.ts';

const node = '0xaa' as Address;
const a = 'sha256:a' as Digest;
const b = 'sha256:b' as Digest;
const start = () => {
  let now = 0;
  const comparisons = createComparisons(() => now);
  return {
    comparisons,
    pass: (ms: number) => (now += ms),
    right: (release: Digest, times: number) => {
      for (let n = 0; n < times; n++) comparisons.right(node, release);
    },
  };
};

test('one right answer proves a node for that release, and for no other', () => {
  const { comparisons } = start();
  comparisons.right(node, a);
  expect([comparisons.isProven(node, a), comparisons.isProven(node, b)]).toEqual([true, false]);
});

test('a difference takes the node out for that release for an hour, and all it had proved elsewhere', () => {
  const { comparisons, pass, right } = start();
  right(a, 3);
  comparisons.differed(node, b, 'publisher');
  expect([comparisons.isOut(node, a), comparisons.isOut(node, b)]).toEqual([false, true]);
  expect(comparisons.isProven(node, a)).toBe(false);
  right(a, 3);
  expect(comparisons.isProven(node, a)).toBe(false);
  right(a, 1);
  expect(comparisons.isProven(node, a)).toBe(true);
  pass(3_600_001);
  expect(comparisons.isOut(node, b)).toBe(false);
});

test('attack by a publisher: a thousand models on which honest machines differ ask for as much as one, for a day', () => {
  const { comparisons, pass, right } = start();
  for (let n = 0; n < 1_000; n++) comparisons.differed(node, `sha256:${n}` as Digest, 'chaos');
  right(a, 4);
  expect(comparisons.isProven(node, a)).toBe(true);
  for (let n = 0; n < 1_000; n++) comparisons.differed(node, b, `publisher ${n}`);
  right(a, 16);
  expect(comparisons.isProven(node, a)).toBe(true);
  pass(24 * 3_600_000 + 1);
  right(b, 1);
  expect(comparisons.isProven(node, b)).toBe(true);
});

test('who signs what does not fit its answer has nothing proved any more', () => {
  const { comparisons, right } = start();
  right(a, 5);
  comparisons.lied(node);
  expect(comparisons.isProven(node, a)).toBe(false);
});
