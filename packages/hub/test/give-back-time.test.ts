import type { Digest } from '@callable/protocol';
import { expect, it } from 'vitest';
import { giveBackTime } from '../src/give-back-time.ts';
import { sweepLeases } from '../src/jobs/return-job.ts';
import { createTestDatabase } from './create-test-database.ts';

it('a lease that ran out while nobody could be heard is not taken from whoever works', async () => {
  await using test = await createTestDatabase();
  const now = 1_790_000_000_000;
  const ctx = { db: test.db, clock: () => now };
  const release = `sha256:${'a'.repeat(64)}` as Digest;
  const at = { release, attempts: 1, run_at: 0, created_at: 0, token: 'held' };
  const leased = { ...at, step: 'validate', state: 'leased' } as const;
  await test.db
    .insertInto('job')
    .values([
      { ...leased, id: 'ran-out', assignee: 'a', lease_until: now - 60_000 },
      { ...leased, id: 'holds', assignee: 'b', lease_until: now + 60_000 },
    ])
    .execute();
  await giveBackTime(ctx);
  expect(await sweepLeases(ctx)).toBe(0);
  const jobs = await test.db.selectFrom('job').select(['id', 'lease_until']).orderBy('id', 'desc').execute();
  expect(jobs).toEqual([
    { id: 'ran-out', lease_until: now + 15_000 },
    { id: 'holds', lease_until: now + 60_000 },
  ]);
  expect(await sweepLeases({ ...ctx, clock: () => now + 15_001 })).toBe(1);
});
