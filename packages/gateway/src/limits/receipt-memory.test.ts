import type { Address } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createReceiptMemory } from './receipt-memory.ts';

const node = '0xaa' as Address;

test('a number counts once, in whatever order the answers arrive', () => {
  const memory = createReceiptMemory();
  expect([3, 1, 2, 2, 3, 4].map((seq) => memory.remember(node, seq))).toEqual([true, true, true, false, false, true]);
  expect(memory.remember('0xbb' as Address, 3)).toBe(true);
});

test('attack by a node: a number from long ago is refused even when nobody remembers it', () => {
  const memory = createReceiptMemory();
  for (let seq = 0; seq < 20_000; seq += 2) memory.remember(node, seq);
  expect(memory.remember(node, 1)).toBe(false);
  expect(memory.remember(node, 18_000)).toBe(false);
  expect(memory.remember(node, 18_001)).toBe(true);
});

test('a node that skips numbers after a crash goes on', () => {
  const memory = createReceiptMemory();
  memory.remember(node, 5);
  expect(memory.remember(node, 1_000_000)).toBe(true);
});
