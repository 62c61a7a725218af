import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';
import { createNonceMemory } from './nonce-memory.ts';
import { createRateLimiter } from './rate-limiter.ts';

test('a bounded map forgets what was used longest ago', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

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

test('a bucket of calls refills evenly', () => {
  let now = 0;
  const rates = createRateLimiter(60, () => now);
  for (let call = 0; call < 60; call++) expect(rates.take('1.2.3.4')?.ok).toBe(true);
  expect(rates.take('1.2.3.4')).toEqual({ ok: false, limit: 60, remaining: 0, resetSeconds: 1 });
  expect(rates.take('1.2.3.5')?.ok).toBe(true);
  now = 1_000;
  expect(rates.take('1.2.3.4')?.ok).toBe(true);
  expect(rates.take('1.2.3.4')?.ok).toBe(false);
});

test('a clock that goes back gives nothing away and takes nothing', () => {
  let now = 60_000;
  const rates = createRateLimiter(2, () => now);
  rates.take('a');
  now = 0;
  expect(rates.take('a')?.ok).toBe(true);
  expect(rates.take('a')?.ok).toBe(false);
});

test('zero limits nothing', () => {
  expect(createRateLimiter(0, () => 0).take('1.2.3.4')).toBeNull();
});

test('attack by a caller: the addresses of one IPv6 network share one bucket', () => {
  const rates = createRateLimiter(1, () => 0);
  expect(rates.take('2001:db8:1:2:3:4:5:6')?.ok).toBe(true);
  expect(rates.take('2001:db8:1:2::9')?.ok).toBe(false);
  expect(rates.take('2001:db8:1:3::9')?.ok).toBe(true);
  expect(rates.take('::1')?.ok).toBe(true);
  expect(rates.take('::ffff:1.2.3.4')?.ok).toBe(true);
  expect(rates.take('1.2.3.4')?.ok).toBe(false);
});
