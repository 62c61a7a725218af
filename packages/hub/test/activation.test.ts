import { type Digest, dayOf, funnelStages, hexOfDigest } from '@callable/protocol';
import { getActivation, getRelease, listReleases, submitStatement } from '@callable/sdk';
import { publishBytes, signForHub } from '@callable/stand-ins';
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActivationFigures } from '../src/activation/activation-figures.ts';
import { readActivation } from '../src/activation/read-activation.ts';
import { kindCodes } from '../src/usage/figures/subject.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

it('every number of the funnel is a list, and what stopped before it is the complement', async () => {
  const publisher = hub.client();
  const { digest } = await publishBytes(publisher, new TextEncoder().encode('on its way'), { name: 'on-its-way' });
  // Stored without a node, and verified by nobody: it stops there.
  await expect
    .poll(async () => (await getRelease(publisher, digest)).conditions.find(({ type }) => type === 'Stored')?.status)
    .toBe('True');
  const at = (filter: object) =>
    listReleases(publisher, filter).then(({ releases }) => releases.map((one) => one.digest));
  expect(await at({ stage: 'published' })).toContain(digest);
  expect(await at({ stage: 'stored' })).toContain(digest);
  expect(await at({ stage: 'verified' })).not.toContain(digest);
  expect(await at({ stopped: 'verified' })).toContain(digest);
  expect(await at({ stopped: 'stored' })).not.toContain(digest);
  expect(await at({ stopped: 'published' })).toEqual([]);
  const { funnel, took, idle } = await createActivationFigures(hub.ctx)();
  expect(funnel.map(({ stage }) => stage)).toEqual([...funnelStages]);
  for (const { stage, count } of funnel) expect((await at({ stage, limit: 200 })).length).toBe(count);
  expect(took.stored.of).toBeGreaterThan(0);
  expect(idle.callable).toBe(funnel.find(({ stage }) => stage === 'reachable')?.count);
  const { reached = {} } = await getRelease(publisher, digest);
  expect(Object.keys(reached)).toEqual(['Uploaded', 'Stored']);
  expect(Date.parse(reached.Stored ?? '')).toBeGreaterThanOrEqual(Date.parse(reached.Uploaded ?? ''));
});

it('at the end of the funnel stand those that somebody independent relied on, and those that only worked are the complement', async () => {
  const publisher = hub.client();
  const [first, second] = await Promise.all(
    ['relied-on', 'only-worked'].map((name) => publishBytes(publisher, new TextEncoder().encode(name), { name })),
  );
  const digests = [first?.digest, second?.digest] as Digest[];
  const { db } = hub.ctx;
  // What the fold writes of them last is over then.
  for (const digest of digests)
    await expect
      .poll(async () => (await getRelease(publisher, digest)).conditions.find(({ type }) => type === 'Stored')?.status)
      .toBe('True');
  const until = Date.now() + 3600_000;
  const lasting = { verified_until: until, reachable_until: until, worked_until: until };
  // As the fold writes them for releases that strangers call; what it still writes of these two may come between.
  const last = () => db.updateTable('release_stage').set(lasting).where('digest', 'in', digests).execute();
  await last();
  const row = { weight: 0, before: 0, claimed: 1, evidenced: 1, unanswered: 0, calls: 1, success: null };
  const windowOf = (digest: Digest, relied: number) => {
    const subject = Buffer.from(hexOfDigest(digest), 'hex');
    return { ...row, until: dayOf(until) + 1, kind: kindCodes.release, subject, relied };
  };
  await db
    .insertInto('usage_window')
    .values(digests.map((digest, index) => windowOf(digest, 1 - index)))
    .execute();
  const at = (filter: object) =>
    listReleases(publisher, filter).then(({ releases }) => releases.map((one) => one.digest));
  const read = async () => {
    await last();
    return {
      count: (await readActivation(hub.ctx)).funnel.at(-1)?.count,
      there: await at({ stage: 'relied' }),
      stopped: await at({ stopped: 'relied' }),
    };
  };
  await expect.poll(read).toEqual({ count: 1, there: [digests[0]], stopped: [digests[1]] });
});

it('a stage that there is not is refused by name', async () => {
  const answer = await fetch(`${hub.url}/v1/releases?stage=loved`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('stage');
});

it('attack: a thousand who ask for the figures at once cost the database one query', async () => {
  let reads = 0;
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      reads++;
      return result;
    },
  };
  const db = hub.ctx.db.withPlugin(counting);
  const figures = createActivationFigures({ ...hub.ctx, db });
  const views = await Promise.all(Array.from({ length: 1000 }, figures));
  expect(new Set(views).size).toBe(1);
  expect(reads).toBe(1);
});

it('what its publisher withdrew is at no stage, and in no list of one', async () => {
  const publisher = hub.client();
  const { digest } = await publishBytes(publisher, new TextEncoder().encode('withdrawn'), { name: 'withdrawn' });
  const published = async () => (await readActivation(hub.ctx)).funnel[0]?.count ?? 0;
  const before = await published();
  const yank = { kind: 'release.yanked', subject: digest, body: { yanked: true, note: '' } };
  await submitStatement(publisher, signForHub(publisher, yank));
  expect(await published()).toBe(before - 1);
  const { releases } = await listReleases(publisher, { stage: 'published' });
  expect(releases.map((one) => one.digest)).not.toContain(digest);
  expect((await getActivation(publisher)).asOf.size).toBeGreaterThan(0);
});

it('a figure is told at once while it is read anew, and never when it is old', async () => {
  let now = 1_000_000;
  const figures = createActivationFigures({ db: hub.ctx.db, clock: () => now });
  const first = await figures();
  now += 3000;
  expect(await figures()).toBe(first);
  await expect.poll(figures).not.toBe(first);
  now += 60_000;
  expect((await figures()).asOf.at).toBe(now);
});
