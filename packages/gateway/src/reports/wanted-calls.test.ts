import type { Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createWantedReleases } from './wanted-calls.ts';

const release = (n: number) => `sha256:${String(n).padStart(64, '0')}` as Digest;
const day = 24 * 3600_000;

test('attack: one network that calls all day wants a release once, and the next day again', () => {
  let now = 10 * day;
  const wanted = createWantedReleases(() => now);
  for (let call = 0; call < 1000; call++) wanted.note(release(1), 'a');
  wanted.note(release(1), 'b');
  expect(wanted.take()).toEqual([{ release: release(1), calls: 1001, networks: 2, lastAt: now }]);
  expect(wanted.isEmpty).toBe(true);
  wanted.note(release(1), 'a');
  expect(wanted.take()).toMatchObject([{ calls: 1, networks: 0 }]);
  now += day;
  wanted.note(release(1), 'a');
  expect(wanted.take()).toMatchObject([{ calls: 1, networks: 1 }]);
});

test('attack: calls of more releases than there are cost no more memory', () => {
  const wanted = createWantedReleases(() => 0);
  for (let n = 0; n < 12_000; n++) wanted.note(release(n), 'a');
  expect(wanted.take()).toHaveLength(10_000);
});
