import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';
import { createRateLimiter } from './rate-limiter.ts';

test('a bounded map forgets what was used longest ago', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
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
