import { createHash } from 'node:crypto';
import { type Address, type Digest, zeroAddress } from '@callable/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallsThreads } from '../src/calls/desk/calls-threads.ts';
import { ChangeFeed } from '../src/changes/change-feed.ts';
import { networkOfClient } from '../src/http/network-of-client.ts';
import type { HubContext } from '../src/index.ts';
import { enqueueJob, type NewJob } from '../src/jobs/enqueue-job.ts';
import { forgetTurns } from '../src/jobs/forget-turns.ts';
import { leaseJob } from '../src/jobs/lease-job.ts';
import { releaseLease } from '../src/jobs/return-job.ts';
import { isWayFree } from '../src/path/is-way-free.ts';
import { settleJob } from '../src/path/settle-job.ts';
import { createTestDatabase, type TestDatabase } from './create-test-database.ts';

const keyOf = (name: string) => `0x${createHash('sha1').update(name).digest('hex')}` as Address;
const node = keyOf('node');
const done = { statements: [], enqueue: [], againAt: null };
/** The party of a request that a trusted proxy handed on as one of this address; without one it is of the proxy itself. */
const partyAt = (from: string | undefined) =>
  networkOfClient(
    { config: { trustedProxies: 1 } },
    { raw: { headers: from ? { 'x-forwarded-for': from } : {}, socket: { remoteAddress: '127.0.0.1' } } as never },
    'party',
  );

describe('turns', () => {
  let database: TestDatabase;
  let now: number;
  let ctx: Pick<HubContext, 'db' | 'clock' | 'changes' | 'rules' | 'calls'>;
  /** Who published a release, by its digest. */
  let names: Map<Digest, string>;
  beforeEach(async () => {
    now = 1_000_000;
    names = new Map();
    database = await createTestDatabase();
    ctx = {
      // No thread starts before it is asked.
      calls: new CallsThreads(),
      db: database.db,
      clock: () => now,
      changes: new ChangeFeed(),
      rules: { policy: {} as never, hub: zeroAddress },
    };
  });
  afterEach(() => database[Symbol.asyncDispose]());

  type Upload = { by: string; model?: string; from?: string; count?: number };
  async function publish({ by, model = 'm', from, count = 1 }: Upload): Promise<Digest[]> {
    const rows = Array.from({ length: count }, (_, index) => {
      const version = `1.0.${names.size + index}`;
      const digest = `sha256:${createHash('sha256').update(`${by} ${model} ${version}`).digest('hex')}` as Digest;
      const base = {
        digest,
        publisher: keyOf(by),
        name: model,
        version,
        manifest: '{}' as never,
        bytes: 1,
        search: '',
      };
      return { ...base, published_at: now, network: partyAt(from) };
    });
    for (const { digest } of rows) names.set(digest, by);
    await ctx.db.insertInto('release').values(rows).execute();
    return rows.map(({ digest }) => digest);
  }
  const enqueue = (releases: readonly Digest[], job: Partial<NewJob> = {}) =>
    ctx.db.transaction().execute(async (tx) => {
      for (const release of releases) await enqueueJob(ctx, tx, { release, step: 'validate', assignee: node, ...job });
    });
  const upload = async (given: Upload, job?: Partial<NewJob>) => {
    const releases = await publish(given);
    await enqueue(releases, job);
    return releases;
  };
  /** The next job is done; by whom its release is. */
  async function serve(assignee: string = node, ms = 10): Promise<string | null> {
    const job = await leaseJob(ctx, assignee, 10_000);
    if (!job) return null;
    now += ms;
    expect(await settleJob(ctx, job, done)).toBe('settled');
    return names.get(job.release) ?? job.release;
  }
  async function serveMany(count: number, assignee: string = node): Promise<(string | null)[]> {
    const served = [];
    for (let i = 0; i < count; i++) served.push(await serve(assignee));
    return served;
  }
  /** As probes leave them behind that were answered right, or were not. */
  const probed = async (releases: readonly Digest[], answered = true) => {
    await enqueue(releases, { step: 'probe', assignee: '' });
    const left = { settled_at: now, last_ms: 1000, answered, state: 'done' } as const;
    await ctx.db.updateTable('job').set(left).where('step', '=', 'probe').where('release', 'in', releases).execute();
  };

  it.each([
    ['a node', 'validate', node],
    ['the hub itself', 'store', ''],
    ['the hub itself', 'draw', ''],
    ['the hub itself', 'probe', ''],
    ['a node', 'warm', node],
  ] as const)('attack: a flood of uploads by one key delays nobody else: at %s, %s', async (_who, step, assignee) => {
    await upload({ by: 'flood', count: 1000 }, { step, assignee });
    expect(await serveMany(3, assignee)).toEqual(['flood', 'flood', 'flood']);
    now++;
    for (const by of ['ann', 'ben']) await upload({ by }, { step, assignee });
    const served = await serveMany(4, assignee);
    expect(served.indexOf('ann')).toBeLessThanOrEqual(1);
    expect(served.indexOf('ben')).toBeLessThanOrEqual(2);
    // Whoever comes one by one takes turns with it too, and the flood is served when nobody else waits.
    const after = [];
    for (let i = 0; i < 6; i++) {
      await upload({ by: 'ann', model: `n${i}` }, { step, assignee });
      after.push(...(await serveMany(2, assignee)));
    }
    expect(after.filter((by) => by === 'ann').length).toBeGreaterThanOrEqual(5);
    expect(after.filter((by) => by === 'flood').length).toBeGreaterThanOrEqual(5);
  });

  it('attack: a flood by many keys of one network shares one turn', async () => {
    for (let key = 0; key < 200; key++) await upload({ by: `sybil ${key}`, from: `203.0.114.${key}`, count: 3 });
    await serveMany(5);
    now++;
    for (let i = 0; i < 4; i++) await upload({ by: 'ann', model: `n${i}`, from: '198.51.101.3' });
    expect((await serveMany(8)).filter((by) => by === 'ann')).toHaveLength(4);
  });

  it.each([
    ['whose networks it invents in front of the proxy', (key: number) => `20.${key}.0.1, 203.0.114.7`],
    ['whose network is hidden', (key: number) => (key % 2 ? undefined : `10.0.${key}.1`)],
    ['whose entries are junk', (key: number) => `junk${key}`],
  ])('attack: a flood by many keys, %s, shares one turn', async (_, from) => {
    for (let key = 0; key < 50; key++) {
      const address = from(key);
      await upload({ by: `sybil ${key}`, ...(address === undefined ? {} : { from: address }), count: 3 });
    }
    await serveMany(5);
    now++;
    for (let i = 0; i < 4; i++) await upload({ by: 'ann', model: `n${i}`, from: '198.51.101.3' });
    expect((await serveMany(8)).filter((by) => by === 'ann')).toHaveLength(4);
  });

  it('a class of thirty behind one address: each has its first turn before anybody its second, others wait for one', async () => {
    for (let pupil = 0; pupil < 30; pupil++) await upload({ by: `pupil ${pupil}`, from: '203.0.114.7', count: 2 });
    now++;
    await upload({ by: 'ann', from: '198.51.101.3' });
    const served = await serveMany(61);
    expect(served.indexOf('ann')).toBeLessThanOrEqual(1);
    const pupils = served.filter((by) => by !== 'ann');
    expect(new Set(pupils.slice(0, 30)).size).toBe(30);
    expect(new Set(pupils.slice(30)).size).toBe(30);
  });

  it('attack: a flood by one key delays the others of its own network by one job', async () => {
    await upload({ by: 'flood', from: '203.0.114.7', count: 600 });
    await upload({ by: 'ann', from: '198.51.101.3', count: 10 });
    await serveMany(4);
    now++;
    await upload({ by: 'neighbour', from: '203.0.114.8', count: 2 });
    const served = (await serveMany(8)).filter((by) => by !== 'ann');
    expect(served.slice(0, 2)).toContain('neighbour');
    expect(served.filter((by) => by === 'neighbour')).toHaveLength(2);
  });

  /** A key of which a release works, its first published so long ago. */
  async function worked(given: Upload, agoMs = 0) {
    const [digest] = (await publish({ ...given, model: 'works' })) as [Digest];
    await ctx.db
      .updateTable('release')
      .set({ published_at: now - agoMs })
      .where('digest', '=', digest)
      .execute();
    const state = { state: '{}' as never, statement_seq: 1, callable_until: now + 1000 };
    const shown = { yanked: false, unlisted: false, withheld: false };
    await ctx.db
      .insertInto('release_state')
      .values({ digest, ...state, ...shown })
      .execute();
  }
  const dayMs = 24 * 3600_000;
  beforeEach(() => {
    now = 100 * dayMs;
  });

  it.each([
    ['one network', () => '203.0.114.7'],
    ['as many networks', (key: number) => `20.${key}.0.1`],
  ])(
    'attack: a hundred and twenty keys before a victim, from %s: a key with a record comes next, in its turn again and again',
    async (_, from) => {
      await worked({ by: 'victim', from: '203.0.114.8' });
      for (let key = 0; key < 120; key++) await upload({ by: `sybil ${key}`, from: from(key) });
      await serveMany(3);
      now++;
      await upload({ by: 'victim', from: '203.0.114.8' });
      expect((await serveMany(2)).indexOf('victim')).toBeGreaterThanOrEqual(0);
    },
  );

  it('attack: a hundred and twenty keys before a victim, each with a record of an hour: a day counts more', async () => {
    await worked({ by: 'victim', from: '203.0.114.8' }, dayMs);
    for (let key = 0; key < 120; key++) {
      await worked({ by: `sybil ${key}`, from: '203.0.114.7' }, 3600_000);
      await upload({ by: `sybil ${key}`, from: '203.0.114.7' });
    }
    await serveMany(3);
    now++;
    await upload({ by: 'victim', from: '203.0.114.8' });
    expect((await serveMany(2)).indexOf('victim')).toBeGreaterThanOrEqual(0);
  });

  it('attack: old keys that never stop publishing starve no newcomer, of their network or another', async () => {
    for (let key = 0; key < 5; key++) {
      await worked({ by: `old ${key}`, from: '203.0.114.7' }, 90 * dayMs);
      await upload({ by: `old ${key}`, from: '203.0.114.7', count: 40 });
    }
    await serveMany(4);
    now++;
    await upload({ by: 'newcomer', from: '203.0.114.8', count: 3 });
    await upload({ by: 'stranger', from: '198.51.101.3', count: 3 });
    const served = await serveMany(9);
    expect(served.filter((by) => by === 'newcomer')).toHaveLength(3);
    expect(served.filter((by) => by === 'stranger')).toHaveLength(3);
  });

  it('every job is served once, whatever turns were exchanged', async () => {
    for (let key = 0; key < 5; key++) await upload({ by: `k${key}`, from: '203.0.114.7', count: 7 });
    await upload({ by: 'late', from: '203.0.114.7', model: 'wanted', count: 3 });
    await upload({ by: 'other', count: 4 });
    const served = await serveMany(43);
    expect(served.at(-1)).toBeNull();
    expect(served.filter((by) => by === 'late')).toHaveLength(3);
    expect(served.filter((by) => by === 'k3')).toHaveLength(7);
    expect(served.filter((by) => by === 'other')).toHaveLength(4);
  });

  it('within one key what is called most goes first, however late it comes; then the older', async () => {
    const [old] = await publish({ by: 'ann', model: 'wanted' });
    const row = { release: old as Digest, calls: 9, counted_at: now, called_at: now };
    await ctx.db.insertInto('demand').values(row).execute();
    const first = await upload({ by: 'ann', model: 'plain' });
    now++;
    first.push(...(await upload({ by: 'ann', model: 'plain' })));
    await serve();
    const [wanted] = await upload({ by: 'ann', model: 'wanted' });
    const order = [];
    for (let i = 0; i < 2; i++) order.push((await leaseJob(ctx, node, 1000))?.release);
    expect(order).toEqual([wanted, first[1]]);
  });

  it('demand brings nobody another turn', async () => {
    const [loved] = await publish({ by: 'loved' });
    const row = { release: loved as Digest, calls: 1e9, counted_at: now, called_at: now };
    await ctx.db.insertInto('demand').values(row).execute();
    await upload({ by: 'plain', count: 3 });
    await upload({ by: 'loved', count: 3 });
    expect(await serveMany(6)).toEqual(['loved', 'plain', 'loved', 'plain', 'loved', 'plain']);
  });

  it('rechecks get a quarter of the turns while first checks wait, and neither starves', async () => {
    const old = await publish({ by: 'old', count: 20 });
    await probed(old);
    await enqueue(old, { step: 'draw', assignee: '' });
    await upload({ by: 'new', count: 30 }, { step: 'draw', assignee: '' });
    const served = await serveMany(24, '');
    expect(served.filter((by) => by === 'old')).toHaveLength(6);
    expect(served.slice(0, 3)).toEqual(['new', 'new', 'new']);
    // Nobody else waits: the hub's own rechecks go on.
    expect((await serveMany(26, '')).filter((by) => by === 'old')).toHaveLength(14);
  });

  it('one unlucky first probe parks nobody: a release that was never reached waits with first checks', async () => {
    const old = await publish({ by: 'old', count: 20 });
    await probed(old);
    await enqueue(old, { step: 'draw', assignee: '' });
    const unlucky = await publish({ by: 'unlucky', from: '198.51.101.3' });
    await probed(unlucky, false);
    await enqueue(unlucky, { step: 'probe', assignee: '' });
    expect(await serve('')).toBe('unlucky');
    // A probe that is answered right makes what comes later a recheck.
    await enqueue(unlucky, { step: 'probe', assignee: '' });
    const job = await leaseJob(ctx, '', 10_000);
    expect(job).toMatchObject({ release: unlucky[0], recheck: false });
    expect(await settleJob(ctx, job as never, { ...done, answered: true })).toBe('settled');
    await enqueue(unlucky, { step: 'probe', assignee: '' });
    await serveMany(20, '');
    const rows = await ctx.db
      .selectFrom('job')
      .select('recheck')
      .where('step', '=', 'probe')
      .where('recheck', '=', true);
    expect(await rows.execute()).toHaveLength(1);
  });

  it('blob IDs wait while a release is on its way, and an hour at most', async () => {
    const queue = 'hub:identify';
    const [waiting] = await publish({ by: 'ann' });
    await enqueue([waiting as Digest], { step: 'identify', assignee: queue });
    expect(await isWayFree(ctx, queue)).toBe(true);
    await upload({ by: 'bob' }, { step: 'store', assignee: '' });
    expect(await isWayFree(ctx, queue)).toBe(false);
    await serve('');
    expect(await isWayFree(ctx, queue)).toBe(true);
    // A node at work counts too, one that was only asked does not: it may have gone.
    await upload({ by: 'eve' });
    expect(await isWayFree(ctx, queue)).toBe(true);
    await leaseJob(ctx, node, 10_000);
    expect(await isWayFree(ctx, queue)).toBe(false);
    now += 3600_000;
    expect(await isWayFree(ctx, queue)).toBe(true);
  });

  it('blob IDs wait while calls are reported, and an hour at most', async () => {
    const queue = 'hub:identify';
    const [waiting] = await publish({ by: 'ann' });
    await enqueue([waiting as Digest], { step: 'identify', assignee: queue });
    expect(await isWayFree(ctx, queue)).toBe(true);
    ctx.calls.noteReport();
    expect(await isWayFree(ctx, queue)).toBe(false);
    now += 3600_000;
    expect(await isWayFree(ctx, queue)).toBe(true);
  });

  it("rechecks take a quarter of a node's time, even when nothing else waits", async () => {
    const old = await publish({ by: 'old', count: 12 });
    await probed(old);
    await enqueue(old, { step: 'validate' });
    const begin = now;
    let served = 0;
    for (; now < begin + 40_000; now += 100) if (await serve(node, 1000)) served++;
    expect(served).toBeGreaterThanOrEqual(9);
    expect(served).toBeLessThanOrEqual(11);
  });

  it('a job given back unbegun keeps its turn', async () => {
    await upload({ by: 'flood', count: 5 });
    await upload({ by: 'ann' });
    const job = await leaseJob(ctx, node, 1000);
    await releaseLease(ctx, job as never);
    expect((await leaseJob(ctx, node, 1000))?.id).toBe(job?.id);
  });

  it('turns that have been passed are forgotten, and whoever still waits keeps what it used', async () => {
    await upload({ by: 'gone', from: '198.51.101.3' });
    await upload({ by: 'flood', count: 50 });
    await serveMany(10);
    await forgetTurns(ctx);
    const kept = await ctx.db.selectFrom('job_turn').select('publisher').where('publisher', '!=', '').execute();
    expect(kept.map(({ publisher }) => publisher)).toEqual([keyOf('flood')]);
  });
});
