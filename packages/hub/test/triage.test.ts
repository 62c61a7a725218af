import { type Digest, defaultPolicy, type QueuePlace, zeroAddress } from '@callable/protocol';
import { type Client, getQueue, getQueuePlaces, getRelease } from '@callable/sdk';
import {
  conditionOf,
  isTrue,
  joinAsNode,
  lease,
  playAnsweringGateway,
  publishBytes,
  randomKey,
  reportCall,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawValidators } from '../src/path/draw-validators.ts';
import { probeRelease } from '../src/path/probe-release.ts';
import { storeRelease } from '../src/path/store-release.ts';
import { wakeStale } from '../src/queue/wake-stale.ts';
import { findRelease } from '../src/releases/find-release.ts';
import { viewRelease } from '../src/releases/view-release.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const dayMs = 24 * 3600_000;
const policy = { ...defaultPolicy, validators: { draw: 1, quorum: 1, revealSeconds: 10 } };
/** What a probe finds counts for a second. */
const hasty = { ...policy, freshness: { ...policy.freshness, reachableSeconds: 1 } };

let hub: TestHub;
let publisher: Client;
let gateway: Awaited<ReturnType<typeof playAnsweringGateway>>;
beforeEach(async () => {
  gateway = await playAnsweringGateway(() => ({ status: 200, body: { outputs: { y: [2] }, node: zeroAddress } }));
  await startHub(policy);
});
async function startHub(given: typeof policy): Promise<void> {
  hub = await startTestHub({ config: { policy: given, gateways: [gateway.url] } });
  publisher = hub.client();
}
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

async function joinConnected(memoryBytes?: number): Promise<Client> {
  const client = hub.client();
  await joinAsNode(client, memoryBytes);
  await lease(client, 0);
  return client;
}
const publish = (name: string, fields: Record<string, unknown> = {}) =>
  publishBytes(publisher, Buffer.from(name), { name, ...fields });
const jobOf = (digest: Digest, step: 'probe' | 'draw' | 'store' | 'validate') =>
  hub.ctx.db
    .selectFrom('job')
    .selectAll()
    .where('release', '=', digest)
    .where('step', '=', step)
    .executeTakeFirstOrThrow();
const reasonOf = async (digest: Digest) => conditionOf(await getRelease(publisher, digest), 'Verified').reason;

describe('a check that ran out of time', () => {
  const timedOut = { ok: false, reason: 'TimedOut', message: 'It took too long.', deterministic: false };
  const draw = (digest: Digest) => drawValidators(hub.ctx, { release: digest });

  it('is made again by another node before it is final', async () => {
    const slow = await joinConnected();
    const { digest } = await publish('slow-machine');
    await validateNext(slow, timedOut);
    await untilRelease(publisher, digest, (view) => conditionOf(view, 'Verified').reason === 'TimedOut');
    const fast = await joinConnected();
    const task = await validateNext(fast);
    expect(task.release).toBe(digest);
    await untilRelease(publisher, digest, isTrue('Verified'));
  });

  it('is made again by the same node later when there is no other, and is final after the third time', async () => {
    const only = await joinConnected();
    const { digest } = await publish('slow-model');
    const pauses = [];
    for (let round = 1; round <= 2; round++) {
      await validateNext(only, timedOut);
      await expect.poll(() => reasonOf(digest)).toBe('TimedOut');
      const [asked] = (await draw(digest)).enqueue;
      expect(asked).toMatchObject({ step: 'validate', assignee: addressOfClient(only) });
      pauses.push(Math.round(((asked?.runAt ?? 0) - Date.now()) / 1000));
      // The hub asks by itself; its pause has passed.
      await hub.ctx.db.updateTable('job').set({ run_at: Date.now() }).where('step', '=', 'draw').execute();
      await expect.poll(async () => (await jobOf(digest, 'validate')).state, { timeout: 10_000 }).toBe('ready');
      await hub.ctx.db.updateTable('job').set({ run_at: Date.now() }).where('step', '=', 'validate').execute();
    }
    expect(pauses[0]).toBeGreaterThan(25);
    expect(pauses[1]).toBeGreaterThan(50);
    await validateNext(only, timedOut);
    await expect.poll(async () => (await draw(digest)).againAt).toBeNull();
    expect((await draw(digest)).enqueue).toEqual([]);
    expect(await reasonOf(digest)).toBe('TimedOut');
  });

  it('is not confused with a wrong answer: that is final at once', async () => {
    const node = await joinConnected();
    const { digest } = await publish('wrong');
    await validateNext(node, { ok: false, reason: 'VectorFailed', deterministic: true });
    await expect.poll(() => reasonOf(digest)).toBe('VectorFailed');
    await joinConnected();
    expect(await draw(digest)).toEqual({ statements: [], enqueue: [], againAt: null });
  });
});

describe('a release too heavy for every node', () => {
  it('says so with the numbers at the first look, and is checked when a node comes that fits', async () => {
    await joinConnected(5000);
    const { digest } = await publish('heavy', { needs: { memoryBytes: 70_000, opset: { 'ai.onnx': 17 } } });
    const view = await untilRelease(publisher, digest, (one) => conditionOf(one, 'Verified').reason === 'NoNodeFits');
    expect(conditionOf(view, 'Verified').message).toMatch(/70000 .*5000/);
    const large = await joinConnected(80_000);
    expect((await validateNext(large)).release).toBe(digest);
    await untilRelease(publisher, digest, isTrue('Verified'));
  });
});

describe('an idle release', () => {
  async function publishReached(name: string): Promise<Digest> {
    const { digest } = await publish(name);
    await validateNext(node);
    await untilRelease(publisher, digest, isTrue('Reachable'));
    return digest;
  }
  let node: Client;
  beforeEach(async () => {
    node = await joinConnected();
  });
  const at = (now: number) => ({ ...hub.ctx, clock: () => now });
  const { signal } = new AbortController();
  const pauseOf = async (digest: Digest, idleMs: number) => {
    const now = (await publishedAt(digest)) + idleMs;
    const outcome = await probeRelease(at(now), (await jobOf(digest, 'probe')) as never, signal);
    return (outcome.againAt ?? 0) - now;
  };
  const publishedAt = async (digest: Digest) =>
    (
      await hub.ctx.db
        .selectFrom('release')
        .select('published_at')
        .where('digest', '=', digest)
        .executeTakeFirstOrThrow()
    ).published_at;

  it('is probed and verified ever less often, within bounds, and read back as often as any other', async () => {
    const digest = await publishReached('forgotten');
    const usual = policy.freshness.reachableSeconds * 450;
    expect(await pauseOf(digest, dayMs)).toBe(usual);
    expect(await pauseOf(digest, 4 * dayMs)).toBe(dayMs / 12);
    expect(await pauseOf(digest, 4000 * dayMs)).toBe(dayMs);
    const now = (await publishedAt(digest)) + 4000 * dayMs;
    const stored = await storeRelease(at(now), (await jobOf(digest, 'store')) as never, signal);
    expect((stored.againAt ?? 0) - now).toBe(policy.freshness.storedSeconds * 800);
    // Called yesterday, it is idle no more.
    const row = { release: digest, calls: 1, counted_at: now, called_at: now - dayMs };
    await hub.ctx.db.insertInto('demand').values(row).execute();
    const called = await probeRelease(at(now), (await jobOf(digest, 'probe')) as never, signal);
    expect((called.againAt ?? 0) - now).toBe(usual);
  });

  it('is let grow old instead of being verified again in advance, and renewed when it has', async () => {
    const digest = await publishReached('old-verdict');
    const { state } = await hub.ctx.db.selectFrom('release_state').select('state').executeTakeFirstOrThrow();
    const endsAt = JSON.parse(state).tracks.Verified.expiresAt as number;
    const drawAt = async (now: number) => {
      await hub.ctx.db.updateTable('node').set({ last_seen_at: now }).execute();
      return drawValidators(at(now), { release: digest });
    };
    const before = await drawAt(endsAt - 1000);
    expect(before.enqueue).toEqual([{ step: 'probe' }]);
    expect(before.againAt).toBeGreaterThan(endsAt + 29 * dayMs);
    expect((await drawAt(endsAt + 1000)).enqueue).toEqual([{ step: 'validate', assignee: addressOfClient(node) }]);
  });

  async function restartHasty(): Promise<void> {
    await hub[Symbol.asyncDispose]();
    await startHub(hasty);
    node = await joinConnected();
  }
  const putOff = async (digest: Digest) => {
    const probe = hub.ctx.db.updateTable('job').where('release', '=', digest).where('step', '=', 'probe');
    const put = await probe
      .set({ run_at: Date.now() + dayMs })
      .where('state', '=', 'ready')
      .executeTakeFirst();
    return put.numUpdatedRows;
  };
  /** The next probe is days away, and what the last one found counts no more. */
  async function letGrowOld(digest: Digest): Promise<void> {
    await expect.poll(() => putOff(digest)).toBe(1n);
    await expect.poll(async () => Date.now() - (await checkedAt())).toBeGreaterThan(1000);
  }
  const checkedAt = async (): Promise<number> => {
    const row = await hub.ctx.db.selectFrom('release_state').select('state').executeTakeFirstOrThrow();
    return JSON.parse(row.state).tracks.Reachable.checkedAt;
  };

  it('is probed at once when somebody asks how it stands, and not again while that is young', async () => {
    await restartHasty();
    const digest = await publishReached('asked');
    await letGrowOld(digest);
    const before = await checkedAt();
    await getRelease(publisher, digest);
    await expect.poll(checkedAt).toBeGreaterThan(before);
    await expect.poll(() => putOff(digest)).toBe(1n);
    const { run_at: next } = await jobOf(digest, 'probe');
    const { state } = await findRelease(hub.ctx, digest);
    const patient = { ...hub.ctx, rules: { ...hub.ctx.rules, policy } };
    await wakeStale(patient, hub.ctx.db, digest, state);
    expect((await jobOf(digest, 'probe')).run_at).toBe(next);
  });

  it('does not stay green', async () => {
    const digest = await publishReached('green');
    const release = await findRelease(hub.ctx, digest);
    const view = viewRelease(at(Date.now() + dayMs / 2), release, null);
    expect(conditionOf(view, 'Reachable')).toMatchObject({ status: 'Unknown', reason: 'CheckStale' });
    expect(view.callable).toBe(false);
  });

  it('is probed at once when it is called, and demand is remembered', async () => {
    await restartHasty();
    const digest = await publishReached('called');
    await letGrowOld(digest);
    const before = await checkedAt();
    await reportCall(hub.client(hub.ctx.key), node.key as never, { release: digest, caller: randomKey() });
    await expect.poll(checkedAt, { timeout: 10_000 }).toBeGreaterThan(before);
    const demand = await hub.ctx.db.selectFrom('demand').select(['release', 'calls']).execute();
    expect(demand).toEqual([{ release: digest, calls: 1 }]);
  });
});

describe('the public queue', () => {
  const only = (places: readonly QueuePlace[], step: string) => places.filter((place) => place.step === step);

  it('says how many are ahead, how long that takes, and on what that rests', async () => {
    const node = await joinConnected();
    const first = await publish('first');
    await validateNext(node);
    await untilRelease(publisher, first.digest, isTrue('Reachable'));
    await hub.ctx.db.updateTable('job').set({ last_ms: 400 }).where('step', '=', 'validate').execute();
    const releases = [];
    for (const name of ['a', 'b', 'c', 'd']) releases.push((await publish(name)).digest);
    for (const digest of releases)
      await untilRelease(publisher, digest, (view) => only(view.queue ?? [], 'validate').length > 0);
    const ahead = [];
    for (const digest of releases) {
      const { places } = await getQueuePlaces(publisher, digest);
      const [place] = only(places, 'validate');
      expect(place).toMatchObject({ state: 'waiting', node: addressOfClient(node), recheck: false });
      expect(place?.basis).toBe(`${place?.ahead} ahead, one node, 0.4 s each on average of 1`);
      expect(place?.expectedMs).toBe(400 * ((place?.ahead ?? 0) + 1));
      ahead.push(place?.ahead ?? -1);
    }
    expect(ahead.sort()).toEqual([0, 1, 2, 3]);
    const queue = await getQueue(publisher);
    expect(queue.steps.find(({ step }) => step === 'validate')).toMatchObject({
      waiting: 4,
      running: 0,
      runningForMs: null,
      average: { ms: 400, of: 1 },
    });
    expect(queue.publishers).toEqual([{ publisher: addressOfClient(publisher), waiting: 4, running: 0 }]);
    expect(queue).toMatchObject({ publisherCount: 1, nodes: 1, recheckShare: 0.25 });

    const task = await lease(node);
    const [running] = only((await getQueuePlaces(publisher, task?.release ?? '')).places, 'validate');
    expect(running).toMatchObject({ state: 'running', ahead: null, expectedMs: null });
    expect(Date.now() - Date.parse(running?.time ?? '')).toBeLessThan(60_000);
  });

  it('shows nothing of a release that waits for nothing, and refuses what is none', async () => {
    const node = await joinConnected();
    const { digest } = await publish('done');
    await validateNext(node);
    const view = await untilRelease(publisher, digest, (one) => one.callable);
    expect(view.queue).toEqual([]);
    await expect(getQueuePlaces(publisher, `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'ReleaseNotFound',
    });
    const answer = await fetch(`${hub.url}/v1/queue/nothing`);
    expect(await answer.json()).toMatchObject({ code: 'NameInvalid' });
  });
});
