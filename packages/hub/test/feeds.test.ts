import { type Address, type Digest, signStatement } from '@callable/protocol';
import { type Client, makeStatement } from '@callable/sdk';
import { randomKey } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { followStates } from '../src/events/follow-states.ts';
import { forgetEvents } from '../src/events/forget-events.ts';
import { recordEvents } from '../src/events/record-events.ts';
import { writeAtom } from '../src/feeds/write-atom.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import { joinTestNode, playRelease } from './play-release.ts';
import { childrenOf, readXml, textOf } from './read-xml.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const dayMs = 24 * 3600_000;

describe('the feeds', () => {
  let hub: TestHub;
  let node: Client;
  let ahead = 0;
  beforeAll(async () => {
    hub = await startTestHub({ overrides: { clock: () => Date.now() + ahead } });
    node = await joinTestNode(hub);
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  async function read(path: string) {
    const answer = await fetch(`${hub.url}${path}`);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
    const feed = readXml(await answer.text());
    const entries = childrenOf(feed, 'entry').map((entry) => ({
      id: textOf(entry, 'id'),
      title: textOf(entry, 'title'),
      kind: childrenOf(entry, 'category')[0]?.attributes['term'],
      updated: textOf(entry, 'updated'),
      published: textOf(entry, 'published'),
      summary: textOf(entry, 'summary'),
    }));
    return { id: textOf(feed, 'id'), updated: textOf(feed, 'updated'), entries, feed };
  }
  const kinds = (feed: Awaited<ReturnType<typeof read>>) =>
    feed.entries.map(({ kind }) => kind?.replace('release.', ''));

  it('tell of a release that it was published, first called, broke and recovered, in that order and once', async () => {
    const publisher = hub.client();
    const release = await playRelease(hub, publisher, node, { name: 'told' });
    await release.probe(true);
    await release.call();
    await release.call();
    await release.probe(false);
    await release.probe(false, 'ProbeTimeout');
    await release.probe(true);
    await release.probe(true);
    const feed = await read(`/feed/${release.digest}.atom`);
    expect(kinds(feed)).toEqual(['recovered', 'broke', 'first_call', 'published']);
    expect(feed.entries[1]).toMatchObject({ title: 'told@1.0.0 broke' });
    expect(feed.entries[1]?.summary).toContain('Reachable is False: NoNodeHoldsModel. No connected node');
    const name = release.reference.split('@')[0] as string;
    const own = addressOfClient(publisher);
    for (const path of [release.reference, name, own]) {
      const same = await read(`/feed/${path}.atom`);
      expect(same.entries).toEqual(feed.entries);
      expect(same.id === feed.id).toBe(path === release.reference);
    }
    expect((await read('/feed.atom')).entries.slice(0, 4)).toEqual(feed.entries);
    expect((await read(`/feed/${release.digest}.atom`)).id).toBe(feed.id);
  });

  it('are Atom: one id, title and time each, an author, a link to themselves, ids that are URNs', async () => {
    const { feed, entries, id, updated } = await read('/feed.atom');
    expect([feed.name, feed.attributes['xmlns']]).toEqual(['feed', 'http://www.w3.org/2005/Atom']);
    for (const element of [feed, ...childrenOf(feed, 'entry')])
      for (const name of ['id', 'title', 'updated', 'author']) expect(childrenOf(element, name).length, name).toBe(1);
    const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (const one of [id, ...entries.map((entry) => entry.id)]) expect(one).toMatch(uuid);
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
    expect(childrenOf(feed, 'link')[0]?.attributes).toMatchObject({ rel: 'self', href: `${hub.url}/feed.atom` });
    expect(updated).toBe(entries[0]?.updated);
  });

  it('their time never goes back, not even with the clock, and what happened is told with when it happened', async () => {
    const release = await playRelease(hub, hub.client(), node, { name: 'clocked' });
    await release.probe(true);
    const path = `/feed/${release.digest}.atom`;
    let before = (await read(path)).updated;
    for (const [shift, ok] of [
      [60_000, false],
      [-60_000, true],
      [0, false],
    ] as const) {
      ahead = shift;
      await release.probe(ok);
      const { updated, entries } = await read(path);
      expect(Date.parse(updated)).toBeGreaterThanOrEqual(Date.parse(before));
      expect(entries.map((entry) => entry.updated)).toEqual(
        entries
          .map((entry) => entry.updated)
          .sort()
          .reverse(),
      );
      before = updated;
    }
    ahead = 0;
  });

  it('what is kept only until a time breaks then, though nobody says anything', async () => {
    const release = await playRelease(hub, hub.client(), node, { name: 'expiring' });
    await release.probe(true);
    const ends = hub.ctx.clock() + 3600_000;
    await release.say('release.stored', {
      ok: true,
      reason: 'AllFilesReadBack',
      message: '',
      files: 1,
      bytes: 1,
      storedUntil: ends,
    });
    expect(kinds(await read(`/feed/${release.digest}.atom`))).toEqual(['published']);
    ahead = 3600_001;
    while ((await followStates(hub.ctx)) > 0);
    ahead = 0;
    const [broke] = (await read(`/feed/${release.digest}.atom`)).entries;
    expect(broke).toMatchObject({ kind: 'release.broke', published: new Date(ends).toISOString() });
  });

  it('whoever else notices a first call tells it no second time', async () => {
    const publisher = hub.client();
    const release = await playRelease(hub, publisher, node, { name: 'noticed' });
    const about = { digest: release.digest, publisher: addressOfClient(publisher), name: 'noticed', version: '1.0.0' };
    const notice = () =>
      hub.ctx.db
        .transaction()
        .execute((tx) =>
          recordEvents(hub.ctx, tx, [
            { kind: 'release.first_call', at: 5, condition: null, reason: null, once: [], release: about },
          ]),
        );
    expect(await notice()).toHaveLength(1);
    expect(await notice()).toHaveLength(0);
    await release.call();
    const feed = await read(`/feed/${release.digest}.atom`);
    expect(kinds(feed)).toEqual(['first_call', 'published']);
    expect(feed.entries[0]?.published).toBe(new Date(5).toISOString());
  });

  it('after the database was lost, the same things have the same ids', async () => {
    const release = await playRelease(hub, hub.client(), node, { name: 'again' });
    await release.probe(true);
    await release.call();
    const { entries } = await read(`/feed/${release.digest}.atom`);
    for (const table of ['event', 'release_watch', 'event_cursor'] as const)
      await hub.ctx.db.deleteFrom(table).execute();
    while ((await followStates(hub.ctx)) > 0);
    const again = (await read(`/feed/${release.digest}.atom`)).entries;
    expect(new Set(again.map(({ id }) => id))).toEqual(new Set(entries.map(({ id }) => id)));
  });

  it('two hubs on one database tell everything once', async () => {
    const release = await playRelease(hub, hub.client(), node, { name: 'twice' });
    const statement = signStatement(
      {
        kind: 'release.probed',
        subject: release.digest,
        body: { ok: true, reason: 'ProbeAnswered', message: '', ms: 1, node: null },
        issuedAt: hub.ctx.clock(),
      },
      hub.ctx.key,
    );
    await hub.ctx.db.transaction().execute((tx) => appendStatement(hub.ctx, tx, statement));
    await Promise.all([1, 2, 3, 4].map(() => followStates(hub.ctx)));
    const rows = await hub.ctx.db.selectFrom('event').select('kind').where('release', '=', release.digest).execute();
    expect(rows.filter(({ kind }) => kind === 'release.reached').length).toBe(4);
  });

  it('a release that breaks every hour leaves its last 90 days, and the newest for ever', async () => {
    const release = await playRelease(hub, hub.client(), node, { name: 'flapping' });
    for (const ok of [true, false, true, false, true]) await release.probe(ok);
    const { updated } = await read(`/feed/${release.digest}.atom`);
    ahead = 91 * dayMs;
    await forgetEvents(hub.ctx);
    ahead = 0;
    const feed = await read(`/feed/${release.digest}.atom`);
    expect(kinds(feed)).toEqual(['recovered', 'published']);
    expect(feed.updated).toBe(updated);
  });

  it('attack: one network with a thousand keys does not push others out of the feed of the hub', async () => {
    const quiet = await playRelease(hub, hub.client(randomKey(), '198.51.100.7'), node, { name: 'quiet' });
    const row = {
      publisher: `0x${'9'.repeat(40)}` as Address,
      name: 'spam',
      version: '1.0.0',
      network: '203.0.113.0/24',
    } as const;
    const spam = Array.from(
      { length: 60 },
      (_, at) => `sha256:${String(at).padStart(3, '0')}${'a'.repeat(61)}` as Digest,
    );
    await hub.ctx.db
      .insertInto('release')
      .values(
        spam.map((digest, at) => ({
          ...row,
          digest,
          name: `spam-${at}`,
          manifest: '{}' as never,
          bytes: 1,
          published_at: 1,
          search: '',
        })),
      )
      .execute();
    await hub.ctx.db.transaction().execute((tx) =>
      recordEvents(
        hub.ctx,
        tx,
        spam.map((digest) => ({
          kind: 'release.published',
          at: 1,
          condition: null,
          reason: null,
          once: [],
          release: { ...row, digest },
        })),
      ),
    );
    const { entries } = await read('/feed.atom');
    expect(entries.filter(({ title }) => title.startsWith('spam@')).length).toBe(10);
    expect(entries.map(({ title }) => title)).toContain('quiet@1.0.0 was published');
    expect(quiet.digest).toMatch(/^sha256:/);
  });

  it('attack: what this hub hides from lists is in no feed of many', async () => {
    const publisher = hub.client();
    const release = await playRelease(hub, publisher, node, { name: 'hidden' });
    await makeStatement(hub.client(hub.ctx.key), {
      kind: 'release.refused',
      subject: release.digest,
      body: { refused: ['listing'], note: 'spam' },
    });
    for (const path of ['/feed.atom', `/feed/${addressOfClient(publisher)}.atom`])
      expect((await read(path)).entries.filter(({ title }) => title.startsWith('hidden@'))).toEqual([]);
    expect((await read(`/feed/${release.digest}.atom`)).entries.length).toBe(1);
  });

  it.each([
    ['/feed/nobody-at-all.atom', 404],
    [`/feed/sha256:${'0'.repeat(64)}.atom`, 404],
    [`/feed/0x${'1'.repeat(40)}/iris.atom`, 404],
    ['/feed/a/b.rss', 404],
  ])('%s is answered %i', async (path, status) => {
    expect((await fetch(`${hub.url}${path}`)).status).toBe(status);
  });

  // The last: the time of the log goes with the clock, and never back.
  it('a check that is late neither breaks nor mends a release', async () => {
    const release = await playRelease(hub, hub.client(), node, { name: 'late' });
    await release.probe(true);
    ahead = 40 * dayMs;
    await release.call();
    await release.probe(true);
    ahead = 0;
    expect(kinds(await read(`/feed/${release.digest}.atom`))).toEqual(['first_call', 'published']);
  });
});

test('attack: a publisher, a name and a reason of strangers end no tag of a feed', () => {
  const evil = ']]></title><script>&\u0000\ufffe"\'';
  const event = {
    ...{ seq: 1, id: '0', kind: 'release.broke', release: evil, publisher: evil, name: evil, version: evil },
    ...{ condition: evil, reason: evil, happened_at: 0, recorded_at: 0 },
  } as never;
  const feed = readXml(writeAtom({ id: '0', title: evil, self: evil, base: evil, events: [event] }));
  const [entry] = childrenOf(feed, 'entry');
  expect(entry?.children.map(({ name }) => name)).toEqual([
    'id',
    'title',
    'updated',
    'published',
    'category',
    'link',
    'author',
    'summary',
  ]);
});
