import type { Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createQuarantine } from './create-quarantine.ts';

const release = `sha256:${'a'.repeat(64)}` as Digest;
const minute = 60_000;

test('the third crash within ten minutes takes a release out of service, each time for twice as long', () => {
  let now = 0;
  let changes = 0;
  const quarantine = createQuarantine(
    () => now,
    () => changes++,
  );
  const crash = (times: number) => {
    for (let i = 0; i < times; i++) quarantine.recordCrash(release, 'SIGFPE');
  };
  crash(2);
  now += 11 * minute;
  crash(2);
  expect(quarantine.reasonOf(release)).toBeNull();
  crash(1);
  expect(quarantine.list()).toEqual([{ release, reason: expect.stringContaining('SIGFPE') }]);
  expect(changes).toBe(1);
  now += 10 * minute;
  expect(quarantine.reasonOf(release)).toBeNull();
  crash(3);
  now += 19 * minute;
  expect(quarantine.reasonOf(release)).not.toBeNull();
  now += minute;
  expect(quarantine.list()).toEqual([]);
});
