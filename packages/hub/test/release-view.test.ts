import type { Digest } from '@callable/protocol';
import { type Client, getQueuePlaces, submitStatement } from '@callable/sdk';
import { publishBytes, signForHub } from '@callable/stand-ins';
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Looks } from '../src/changes/looks.ts';
import { getRelease } from '../src/releases/get-release.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

describe('the view of a release', () => {
  let hub: TestHub;
  let publisher: Client;
  let digest: Digest;
  beforeAll(async () => {
    hub = await startTestHub();
    publisher = hub.client();
    ({ digest } = await publishBytes(publisher, new TextEncoder().encode('to be viewed'), { name: 'viewed' }));
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  /** The view, taken where the database refuses every write, and how many queries it took. */
  async function look(text: string) {
    let queries = 0;
    const counting: KyselyPlugin = {
      // Subqueries pass through here too; every query has one result.
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        queries++;
        return result;
      },
    };
    const view = await hub.ctx.db
      .transaction()
      .setAccessMode('read only')
      .execute((tx) => getRelease({ ...hub.ctx, db: tx.withPlugin(counting) }, text));
    return { view, queries };
  }

  it('writes nothing and takes at most three queries, by digest, by reference, by handle and by alias', async () => {
    const owner = addressOfClient(publisher);
    const say = (kind: string, subject: string, body: Record<string, unknown>) =>
      submitStatement(publisher, signForHub(publisher, { kind, subject, body }));
    await say('handle.claimed', 'viewer', { handle: 'viewer' });
    await say('model.aliased', `${owner}/newest`, {
      publisher: owner,
      name: 'newest',
      target: 'viewer/viewed',
      note: '',
    });
    for (const text of [digest, `${owner}/viewed`, 'viewer/viewed@1.0.0', 'viewer/newest', `${owner}/newest`]) {
      const { view, queries } = await look(text);
      expect(view).toMatchObject({ digest, handle: 'viewer', callable: false });
      expect(queries, text).toBeLessThanOrEqual(3);
    }
    expect((await look('viewer/newest')).view.alias).toBe('viewer/newest');
    await expect(look('nobody-at-all/viewed')).rejects.toMatchObject({ code: 'HandleNotFound' });
  });

  it('shows the places in the queue that the queue itself shows', async () => {
    // Nobody works on it any more, so nothing moves between the two looks. A step that ends meanwhile leaves the next one.
    const jobs = hub.ctx.db.selectFrom('job').select('step').where('release', '=', digest).where('state', '<>', 'dead');
    while ((await jobs.execute()).length > 0)
      await hub.ctx.db.updateTable('job').set({ state: 'dead', attempts: 3 }).where('release', '=', digest).execute();
    const { places } = await getQueuePlaces(publisher, digest);
    const { view } = await look(digest);
    expect(view.queue?.length).toBeGreaterThan(0);
    expect(view.queue).toEqual(places);
  });
});

it('looks are remembered once each, and no more than a thousand of them', () => {
  const looks = new Looks();
  for (let i = 0; i < 1500; i++) looks.add(`sha256:${String(i % 1200).padStart(64, '0')}` as Digest);
  expect(looks.take().length).toBe(1000);
  expect(looks.take()).toEqual([]);
});
