import type { Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createSecondAsks } from './second-asks.ts';

const take = (asks: ReturnType<typeof createSecondAsks>, release: string, calls: number) => {
  let taken = 0;
  for (let call = 0; call < calls; call++) {
    asks.earn(release as Digest);
    if (asks.take(release as Digest)) taken++;
  }
  return taken;
};

test('attack by a publisher: of a thousand calls of a slow model one in twenty is asked twice, and four more', () => {
  expect(take(createSecondAsks(), 'slow', 1000)).toBe(53);
});

test('attack by a publisher: a thousand slow models together have one in twenty of all calls, and 64 more', () => {
  const asks = createSecondAsks();
  let taken = 0;
  for (let release = 0; release < 1000; release++) taken += take(asks, `slow ${release}`, 4);
  expect(taken).toBeLessThanOrEqual(64 + 4000 / 20);
  expect(taken).toBeGreaterThan(4000 / 20);
});
