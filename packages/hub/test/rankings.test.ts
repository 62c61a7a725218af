import {
  type Address,
  addressOf,
  type Digest,
  dayMs,
  emptySums,
  figureUsage,
  hexOfDigest,
  mergeDays,
  type PrivateKey,
  type RankingView,
  type UsageView,
} from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { joinAsNode, type PlayedCall, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepFigure } from '../src/usage/figures/keep-figure.ts';
import { keepFigures } from '../src/usage/figures/keep-figures.ts';
import { readDayRows } from '../src/usage/figures/read-day-rows.ts';
import { openFacts } from '../src/usage/figures/read-facts.ts';
import { kindCodes } from '../src/usage/figures/subject.ts';
import { countUsage } from './count-usage.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
let now = Date.UTC(2026, 10, 2, 12);
const clientOf = (key: PrivateKey) => ({ ...hub.client(key), clock: () => now });
const [popular, other, washer] = [randomKey(), randomKey(), randomKey()];
const callers = Array.from({ length: 12 }, () => randomKey());
type Player = Awaited<ReturnType<typeof joinedNode>>;
let releases: { popular: Digest; other: Digest; washed: Digest };
let nodes: { busy: Player; quiet: Player; washing: Player };

async function joinedNode() {
  const key = randomKey();
  await joinAsNode(clientOf(key));
  return { key, id: addressOf(key), ...playBatches(key, addressOf(hub.ctx.key)) };
}
const publishAs = async (key: PrivateKey, name: string) =>
  (await publishBytes(clientOf(key), Buffer.from(name), { name })).digest as Digest;

/** Each caller from a network of its own. */
const callsOf = (release: Digest, by: readonly PrivateKey[], more: Partial<PlayedCall> = {}): PlayedCall[] =>
  by.map((caller) => ({ release, caller, tag: addressOf(caller).slice(2, 18), ...more }));

async function report(by: Player, calls: readonly PlayedCall[]): Promise<void> {
  await reportBatches(clientOf(hub.ctx.key), [by.batch(calls, { issuedAt: now })]);
  await countUsage(hub.ctx);
}
const ask = async <View>(path: string) => (await (await fetch(`${hub.url}${path}`)).json()) as View;
const ranking = (query: string) => ask<RankingView>(`/v1/rankings?${query}`);
const usage = (query: string) => ask<UsageView>(`/v1/usage?${query}`);

beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: () => now } });
  releases = {
    popular: await publishAs(popular, 'popular'),
    other: await publishAs(other, 'other'),
    washed: await publishAs(washer, 'washed'),
  };
  nodes = { busy: await joinedNode(), quiet: await joinedNode(), washing: await joinedNode() };
  // Keys are known a week before they weigh anything.
  await report(nodes.busy, callsOf(releases.popular, callers));
  now += 7 * dayMs;
  await report(nodes.busy, [...callsOf(releases.popular, callers), ...callsOf(releases.popular, callers)]);
  await report(nodes.quiet, callsOf(releases.other, callers.slice(0, 5), { relies: true }));
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose]());

const idsOf = ({ ranked }: RankingView) => ranked.map(({ id }) => id);

describe('rankings', () => {
  it('go by what independent callers did in seven days: of releases, publishers and nodes', async () => {
    const used = await ranking('kind=release');
    expect(idsOf(used)).toEqual([releases.popular, releases.other]);
    expect(used.ranked[0]).toMatchObject({
      place: 1,
      weight: 12 * 1_585,
      claimed: 24,
      evidenced: 24,
      success: 1_000,
    });
    expect(used.ranked[1]).toMatchObject({ place: 2, weight: 5_000, relied: 5 });
    expect(used).toMatchObject({ all: 3, used: 2 });
    expect(idsOf(await ranking('kind=publisher'))).toEqual([addressOf(popular), addressOf(other)]);
    expect(idsOf(await ranking('kind=node'))).toEqual([nodes.busy.id, nodes.quiet.id]);
    expect(idsOf(await ranking('kind=release&by=success'))).toEqual([releases.popular]);
    expect(idsOf(await ranking('kind=release&by=rising&limit=1'))).toEqual([releases.popular]);
  });

  it('attack: one publisher, one node and a crowd of new keys on one network move no place, of any kind', async () => {
    const before = await Promise.all(['release', 'publisher', 'node'].map((kind) => ranking(`kind=${kind}`)));
    const crowd = Array.from({ length: 60 }, () => randomKey());
    await report(
      nodes.washing,
      crowd.map((caller) => ({ release: releases.washed, caller, tag: 'aa'.repeat(8), relies: true })),
    );
    const after = await Promise.all(['release', 'publisher', 'node'].map((kind) => ranking(`kind=${kind}`)));
    expect(after.map(idsOf)).toEqual(before.map(idsOf));
    expect(await usage(`release=${releases.washed}`)).toMatchObject({
      claimed: 60,
      evidenced: 60,
      relied: { trusted: 0 },
    });
    expect(after[0]?.excluded.young).toBe((before[0]?.excluded.young ?? 0) + 60);
  });

  it('attack: publishing again and again moves nothing', async () => {
    const before = await ranking('kind=publisher');
    for (let n = 0; n < 12; n++) await publishAs(washer, `filler${n}`);
    await keepFigures(hub.ctx);
    const after = await ranking('kind=publisher');
    expect(after.ranked).toEqual(before.ranked);
    expect((await ranking('kind=release')).all).toBe(15);
  });

  it('are of a publisher, a node and the network as well, each with its days', async () => {
    expect(await usage(`publisher=${addressOf(other)}`)).toMatchObject({ kind: 'publisher', claimed: 5, evidenced: 5 });
    expect(await usage(`node=${nodes.quiet.id}`)).toMatchObject({ kind: 'node', claimed: 5, relied: { trusted: 5 } });
    const all = await usage('');
    expect(all).toMatchObject({ kind: 'network', id: '', name: null, relied: { trusted: 5, callers: 5 } });
    // A caller of two releases has one voice in the network, and one in each of them.
    expect(all.trusted.weight).toBe(5 * 2_000 + 7 * 1_585);
    expect(all.days.map(({ claimed }) => claimed)).toEqual([29 + 60]);
    expect((await usage('days=30')).days.map(({ day }) => day / dayMs)).toEqual([
      Math.floor(now / dayMs) - 7,
      Math.floor(now / dayMs),
    ]);
  });

  it('are kept as rows and facts figure, of every kind and day', async () => {
    const { db } = hub.ctx;
    const { rows: kept } = await sql<{ kind: number; subject: Buffer; day: number; sums: string }>`
      select kind, subject, day, sums from usage_figure`.execute(db);
    expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(Object.values(kindCodes)));
    for (const { kind, subject, day, sums } of kept)
      await db.transaction().execute(async (tx) => {
        const facts = openFacts(tx);
        const all = { hours: [] as never[], callers: [] as never[], words: [] as never[] };
        for await (const part of readDayRows(tx, { kind, subject }, day)) {
          all.hours.push(...(part.hours as never[]));
          all.callers.push(...(part.callers as never[]));
        }
        await facts.learn(all);
        const { trusted, evidenced, excluded } = figureUsage(all, facts);
        const said = JSON.parse(sums);
        expect([said.evidenced, said.excluded, said.trusted.weight]).toEqual([evidenced, excluded, trusted.weight]);
      });
  });

  it('name what they do not know, and one thing at a time', async () => {
    expect(await ask(`/v1/usage?node=0x${'ab'.repeat(20)}`)).toMatchObject({ code: 'NodeNotFound' });
    expect(await ask('/v1/usage?publisher=nobody')).toMatchObject({ code: 'HandleNotFound' });
    expect(await ask(`/v1/usage?node=${nodes.busy.id}&release=${releases.popular}`)).toMatchObject({
      code: 'RequestInvalid',
    });
  });

  it('attack: a caller that turns out to be a key of the publisher loses its place in figures of the past', async () => {
    const key = callers[0] as PrivateKey;
    const body = { key: addressOf(key), scopes: ['publish' as const], notBefore: now - 1_000, notAfter: now + dayMs };
    await makeStatement(clientOf(popular), { kind: 'key.delegated', subject: addressOf(popular), body });
    await keepFigures(hub.ctx);
    expect((await ranking('kind=release')).ranked[0]).toMatchObject({ id: releases.popular, weight: 11 * 1_585 });
    expect(await usage(`release=${releases.popular}&days=30`)).toMatchObject({ excluded: { delegates: 3 } });
  });

  it('slide at midnight, whether anybody calls or not', async () => {
    now += 7 * dayMs;
    await keepFigures(hub.ctx);
    const rested = await ranking('kind=release');
    expect(rested).toMatchObject({ used: 0, ranked: [] });
    const { rows } = await sql<{ before: number }>`
      select before from usage_window where kind = 0 and subject = ${Buffer.from(hexOfDigest(releases.popular), 'hex')}`.execute(
      hub.ctx.db,
    );
    expect(rows[0]?.before).toBe(Math.trunc((11 * 1_585) / 3));
  });

  it('of more callers than are counted for each who asks: kept whole, and the same', async () => {
    const today = Math.floor(now / dayMs);
    const subject = { kind: kindCodes.node, subject: Buffer.from(nodes.busy.id.slice(2), 'hex') };
    const dayOfMany = (day: number) => {
      const callers = Array.from({ length: 1_500 }, (_, n) => ({
        ...{ caller: `0x${(day * 1_000 + n).toString(16).padStart(40, '0')}` as Address, since: day - 3, calls: n + 1 },
        ...{ isVoice: n % 2 === 0, isRelier: n % 3 === 0, isJudge: n % 5 === 0 },
      }));
      return { day, sums: emptySums(), callers };
    };
    const days = [today - 1, today].map(dayOfMany);
    await hub.ctx.db.transaction().execute(async (tx) => {
      for (const day of days) await keepFigure(tx, subject, day, { counted: 1e9, today });
    });
    const { figure } = await hub.ctx.db
      .selectFrom('usage_window')
      .select('figure')
      .where('kind', '=', subject.kind)
      .where('subject', '=', subject.subject)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(figure ?? '')).toEqual(mergeDays(days));
    expect(await usage(`node=${nodes.busy.id}`)).toMatchObject({ callers: { independent: 2_500, medianAgeDays: 4 } });
  });
});
