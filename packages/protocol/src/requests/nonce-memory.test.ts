import { expect, test } from 'vitest';
import { createNonceMemory } from './nonce-memory.ts';

test('a nonce is remembered as long as a request with it could pass', () => {
  let now = 0;
  const nonces = createNonceMemory(() => now);
  // Dated half a minute ahead, accepted at once, and still in date a minute later.
  expect(nonces.remember('0xaa', 'n')).toBe('new');
  for (now of [1, 30_000, 59_999, 60_000]) expect(nonces.remember('0xaa', 'n')).toBe('seen');
  expect(nonces.remember('0xbb', 'n')).toBe('new');
  now = 500_000;
  expect(nonces.remember('0xaa', 'n')).toBe('new');
});

test('attack by callers: a full memory refuses, it does not forget', () => {
  let now = 0;
  const nonces = createNonceMemory(() => now, 2);
  expect(['a', 'b', 'c', 'a'].map((nonce) => nonces.remember('0x', nonce))).toEqual(['new', 'new', 'full', 'seen']);
  now = 60_000;
  expect(['a', 'c'].map((nonce) => nonces.remember('0x', nonce))).toEqual(['seen', 'new']);
});
