import { type Digest, zeroAddress } from '@callable/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChangeFeed } from '../src/changes/change-feed.ts';
import { decodeChanges, relayChanges } from '../src/changes/relay-changes.ts';
import type { HubContext } from '../src/index.ts';
import { enqueueJob, type NewJob } from '../src/jobs/enqueue-job.ts';
import { extendLease, leaseJob } from '../src/jobs/lease-job.ts';
import { maxAttempts, restMs } from '../src/jobs/pause-after.ts';
import { releaseLease, returnJob, sweepLeases } from '../src/jobs/return-job.ts';
import { settleJob } from '../src/path/settle-job.ts';
import { createTestDatabase, type TestDatabase } from './create-test-database.ts';

const release = `sha256:${'a'.repeat(64)}` as Digest;
const other = `sha256:${'b'.repeat(64)}` as Digest;
const node = '0x00000000000000000000000000000000000000aa';
const done = { statements: [], enqueue: [], againAt: null };

describe('jobs', () => {
  let database: TestDatabase;
  let now: number;
  let ctx: Pick<HubContext, 'db' | 'clock' | 'changes' | 'rules'>;
  beforeEach(async () => {
    now = 1_000_000;
    database = await createTestDatabase();
    const changes = new ChangeFeed();
    ctx = { db: database.db, clock: () => now, changes, rules: { policy: {} as never, hub: zeroAddress } };
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const enqueue = (job: Partial<NewJob> = {}) =>
    ctx.db.transaction().execute((tx) => enqueueJob(ctx, tx, { release, step: 'validate', assignee: node, ...job }));
  const jobs = () => ctx.db.selectFrom('job').selectAll().orderBy('step').execute();
  const leased = async (assignee = node) => {
    const job = await leaseJob(ctx, assignee, 1000);
    if (!job) throw new Error('there was no job');
    return job;
  };

  it('twenty leasers at once never get the same job', async () => {
    for (let i = 0; i < 12; i++) await enqueue({ release: `sha256:${String(i).padStart(64, '0')}` as Digest });
    const got = await Promise.all(Array.from({ length: 20 }, () => leaseJob(ctx, node, 1000)));
    const ids = got.filter((job) => job !== null).map((job) => job.id);
    expect(ids).toHaveLength(12);
    expect(new Set(ids).size).toBe(12);
  });

  it('a job is only for its assignee, and only when its time has come', async () => {
    await enqueue({ runAt: now + 10 });
    expect(await leaseJob(ctx, '', 1000)).toBeNull();
    expect(await leaseJob(ctx, node, 1000)).toBeNull();
    now += 10;
    expect(await leaseJob(ctx, node, 1000)).toMatchObject({ attempts: 1 });
  });

  it('who lost the lease to another settles, returns and extends nothing', async () => {
    await enqueue();
    const first = await leased();
    now += 1001;
    expect(await sweepLeases(ctx)).toBe(1);
    expect(await settleJob(ctx, first, { ...done, enqueue: [{ step: 'probe' }] })).toBeNull();
    now += 10_000;
    const second = await leased();
    expect(second).toMatchObject({ id: first.id, attempts: 2 });
    expect(await settleJob(ctx, first, { ...done, enqueue: [{ step: 'probe' }] })).toBeNull();
    expect(await returnJob(ctx, first, 'late')).toBeNull();
    expect(await extendLease(ctx, first, 1000)).toBeNull();
    await releaseLease(ctx, first);
    expect(await jobs()).toMatchObject([{ step: 'validate', state: 'leased', token: second.token }]);
    expect(await settleJob(ctx, second, done)).toBe('settled');
  });

  it('settling twice settles once; a failure said twice counts once, and is no settling', async () => {
    await enqueue();
    const first = await leased();
    expect(await returnJob(ctx, first, 'DiskFull: no room\u0000')).toBe('returned');
    expect(await returnJob(ctx, first, 'DiskFull: no room')).toBe('repeated');
    expect(await settleJob(ctx, first, done)).toBeNull();
    now += 10_000;
    const second = await leased();
    const outcome = { ...done, enqueue: [{ step: 'probe' as const }] };
    expect(await settleJob(ctx, second, outcome)).toBe('settled');
    await ctx.db.deleteFrom('job').where('step', '=', 'probe').execute();
    expect(await settleJob(ctx, second, outcome)).toBe('repeated');
    expect(await returnJob(ctx, second, 'late')).toBeNull();
    expect(await jobs()).toMatchObject([{ step: 'validate', state: 'done', last_error: 'DiskFull: no room ' }]);
  });

  it('an extended lease is not swept', async () => {
    await enqueue();
    const job = await leased();
    now += 900;
    expect(await extendLease(ctx, job, 1000)).not.toBeNull();
    now += 900;
    expect(await sweepLeases(ctx)).toBe(0);
    now += 101;
    expect(await sweepLeases(ctx)).toBe(1);
  });

  it.each(['returned', 'swept'] as const)(
    'a task that is %s again and again pauses ever longer and is given up',
    async (how) => {
      await enqueue();
      const pauses = [];
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const job = await leased();
        expect(job.attempts).toBe(attempt);
        if (how === 'returned') await returnJob(ctx, job, 'Internal: no');
        else now += 1001;
        if (how === 'swept') await sweepLeases(ctx);
        const [row] = await jobs();
        pauses.push((row?.run_at ?? 0) - now);
        // Asked for meanwhile, it goes on pausing.
        await enqueue();
        if (attempt === maxAttempts) break;
        expect((await jobs())[0]).toMatchObject({ state: 'ready', run_at: now + (pauses.at(-1) ?? 0) });
        expect(await leaseJob(ctx, node, 1000)).toBeNull();
        now += pauses.at(-1) ?? 0;
      }
      expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256].map((seconds) => seconds * 1000));
    },
  );

  it('a task that was given up rests, has one attempt when asked for, and rests again', async () => {
    await enqueue();
    const giveUp = async () => {
      await returnJob(ctx, await leased(), 'Internal: no');
      return (await jobs())[0];
    };
    for (let row = await giveUp(); row?.state !== 'dead'; row = await giveUp()) now = row?.run_at ?? 0;
    for (let round = 0; round < 3; round++) {
      const restedAt = ((await jobs())[0]?.run_at ?? 0) + restMs;
      await enqueue();
      await enqueue();
      expect((await jobs())[0]).toMatchObject({ state: 'ready', run_at: restedAt });
      now = restedAt - 1;
      expect(await leaseJob(ctx, node, 1000)).toBeNull();
      now = restedAt;
      expect(await giveUp()).toMatchObject({ state: 'dead', attempts: maxAttempts });
    }
  });

  it("the hub's own work is never given up: nobody else would do it", async () => {
    await enqueue({ assignee: '', step: 'store' });
    for (let attempt = 1; attempt <= 2 * maxAttempts; attempt++) {
      await returnJob(ctx, await leased(''), 'EIO');
      const [row] = await jobs();
      expect(row?.state).toBe('ready');
      expect((row?.run_at ?? 0) - now).toBeLessThanOrEqual(600_000);
      now = row?.run_at ?? 0;
    }
  });

  it('a lease given back unbegun costs no attempt and no pause', async () => {
    await enqueue();
    await releaseLease(ctx, await leased());
    expect(await leased()).toMatchObject({ attempts: 1 });
  });

  it('what is asked for while it runs runs once more if it is the hub that runs it, and not if it is a node', async () => {
    await enqueue({ assignee: '', step: 'store' });
    await enqueue();
    const [own, nodes] = [await leased(''), await leased()];
    now += 5;
    await enqueue({ assignee: '', step: 'store' });
    await enqueue();
    await settleJob(ctx, own, { ...done, againAt: now + 1_000_000 });
    await settleJob(ctx, nodes, done);
    expect(await jobs()).toMatchObject([
      { step: 'store', state: 'ready', run_at: now },
      { step: 'validate', state: 'done' },
    ]);
  });

  it('a waiting job is brought forward, never put off; a finished one starts anew', async () => {
    await enqueue({ runAt: now + 500 });
    await enqueue({ runAt: now + 900 });
    expect((await jobs())[0]?.run_at).toBe(now + 500);
    await enqueue({ runAt: now });
    await settleJob(ctx, await leased(), done);
    await enqueue();
    expect(await leased()).toMatchObject({ attempts: 1 });
    expect(await jobs()).toHaveLength(1);
  });

  it('settlings that wake each other in both directions at once do not block each other', async () => {
    for (let round = 0; round < 10; round++) {
      await enqueue({ assignee: '', step: 'store', release });
      await enqueue({ assignee: '', step: 'probe', release });
      const [a, b] = [await leased(''), await leased('')];
      const results = await Promise.all([
        settleJob(ctx, a, { ...done, enqueue: [{ step: b.step }] }),
        settleJob(ctx, b, { ...done, enqueue: [{ step: a.step }] }),
        enqueue({ assignee: '', step: 'draw', release: other }),
      ]);
      expect(results.slice(0, 2)).toEqual(['settled', 'settled']);
      await ctx.db.deleteFrom('job').execute();
    }
  });

  it('a change between the look and the wait is not slept through', async () => {
    const change = { topic: 'job', subject: 'hub' } as const;
    const hint = ctx.changes.next(change, 60_000);
    ctx.changes.emit(change);
    await hint;
    const stop = new AbortController();
    const waiting = ctx.changes.next(change, 60_000, stop.signal);
    stop.abort();
    await waiting;
    await ctx.changes.next(change, 60_000, stop.signal);
  });

  it('the outbox tells each change once, here and to others, and only what was committed', async () => {
    const told: string[] = [];
    ctx.changes.subscribe({ topic: 'job', subject: node }, () => told.push('job'));
    const listener = database.database.connect();
    await listener.connect();
    await listener.query('listen callable');
    const heard: unknown[] = [];
    listener.on('notification', ({ payload }) => heard.push(...decodeChanges(payload ?? '')));
    await enqueue();
    await enqueue({ release: other });
    await ctx.db
      .transaction()
      .execute(async (tx) => {
        await enqueueJob(ctx, tx, { release, step: 'warm', assignee: 'nobody' });
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await Promise.all([relayChanges(ctx), relayChanges(ctx)]);
    expect(told.length).toBeGreaterThanOrEqual(1);
    expect(await relayChanges(ctx)).toBe(0);
    await listener.query('select 1');
    await listener.end();
    expect(heard).toContainEqual({ topic: 'job', subject: node });
    expect(heard).not.toContainEqual({ topic: 'job', subject: 'nobody' });
  });
});
