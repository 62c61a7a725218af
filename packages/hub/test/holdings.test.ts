import { addressOf, type Digest, type PrivateKey } from '@callable/protocol';
import { type Client, leaseTask, listHoldings, listNodes, reportHoldings } from '@callable/sdk';
import { emptyAnnouncement, joinAsNode, lease, randomKey, tellHoldings } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../src/config/hub-config.ts';
import { forgetHoldings } from '../src/nodes/forget-holdings.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const limits = { ...defaultLimits, holdingsPerNode: 30_000, holdingsPerNetwork: 40_000, holdings: 60_000 };
let hub: TestHub;
let now = Date.now();
beforeAll(async () => {
  hub = await startTestHub({ config: { limits }, overrides: { clock: () => now } });
});
afterAll(() => hub[Symbol.asyncDispose]());

const digests = (count: number, from = 0): Digest[] =>
  Array.from({ length: count }, (_, i) => `sha256:${(from + i).toString(16).padStart(64, '0')}` as Digest);
const session = (byte: string) => byte.repeat(32);
const addressIn = (client: Client) => addressOf(client.key as PrivateKey);
async function join(from?: string): Promise<Client> {
  const client = { ...hub.client(randomKey(), from), clock: () => now };
  await joinAsNode(client);
  await lease(client, 0);
  return client;
}
async function held(client: Client): Promise<Digest[]> {
  const found: Digest[] = [];
  let after: string | undefined;
  do {
    const { holdings, next } = await listHoldings(client, addressIn(client), after === undefined ? {} : { after });
    found.push(...holdings.map(({ release }) => release));
    after = next ?? undefined;
  } while (after !== undefined);
  return found;
}
const countOf = async (client: Client) =>
  (await listNodes(client)).nodes.find(({ node }) => node === addressIn(client))?.holdings;

describe('what nodes hold', () => {
  it.each([10_001, 25_000])('a node that holds %i releases is known with all of them', async (count) => {
    const node = await join();
    const all = digests(count);
    expect(await tellHoldings(node, all)).toMatchObject({ trouble: null });
    expect(await held(node)).toEqual(all);
    expect(await countOf(node)).toBe(count);
    // Makes room for the tests that follow.
    await tellHoldings(node, [], session('0e'));
  });

  it('is told by differences, which survive a lost answer, and anew after a start', async () => {
    const node = await join();
    const [a, b, c] = digests(3) as [Digest, Digest, Digest];
    const page = (after: number, upTo: number, releases: Digest[], gone: Digest[] = []) => ({
      ...{ after, upTo, more: false, gone },
      held: releases.map((release) => ({ release, state: 'cached' as const })),
    });
    const tell = (told: ReturnType<typeof page>, byte = 'a1') =>
      reportHoldings(node, { session: session(byte), page: told });
    expect((await tell(page(0, 2, [a, b]))).told).toBe(2);
    expect((await tell(page(2, 4, [c], [a]))).told).toBe(4);
    expect(await held(node)).toEqual([b, c]);
    // The answer was lost: the same page again changes nothing, and the answer says where to go on.
    expect((await tell(page(2, 4, [c], [a]))).told).toBe(4);
    expect((await tell(page(9, 10, [a]))).told).toBe(4);
    expect(await held(node)).toEqual([b, c]);
    // Another session knows nothing of what this one told.
    expect((await tell(page(4, 5, [a]), 'b2')).told).toBe(0);
    expect((await tell(page(0, 1, [a]), 'b2')).told).toBe(1);
    expect(await held(node)).toEqual([a]);
    expect(await countOf(node)).toBe(1);
    await tellHoldings(node, [], session('0e'));
  });

  it('attack: nodes of one network announce as much as they may: what has no room is left out and said, others have theirs', async () => {
    const fat = [await join('198.51.100.1'), await join('198.51.100.2'), await join('198.51.100.3')];
    const troubles = [];
    for (const [i, node] of fat.entries())
      troubles.push((await tellHoldings(node, digests(20_000, i * 20_000))).trouble);
    expect(troubles).toEqual([
      null,
      null,
      { code: 'HoldingsTooMany', message: expect.stringContaining('left out 20000') },
    ]);
    const honest = await join('203.0.113.1');
    expect((await tellHoldings(honest, digests(2_000))).trouble).toBeNull();
    expect((await held(honest)).length).toBe(2_000);
    // One that holds more than a node may is known with what fits.
    const large = await join('192.0.2.1');
    expect((await tellHoldings(large, digests(19_000))).trouble?.message).toContain('left out 1000 ');
    expect(await countOf(large)).toBe(18_000);
    // When somebody tells less, there is room again.
    await tellHoldings(fat[0]!, [], session('0e'));
    expect((await tellHoldings(large, digests(19_000), session('0e'))).trouble).toBeNull();
    for (const node of [...fat, honest, large]) await tellHoldings(node, [], session('ff'));
  });

  it('of nodes that have been away for an hour makes room, and is told anew when they come back', async () => {
    const node = await join();
    const all = digests(1_500);
    await tellHoldings(node, all);
    now += 3600_001;
    await forgetHoldings(hub.ctx);
    expect(await held(node)).toEqual([]);
    await lease(node, 0);
    await tellHoldings(node, all);
    expect(await held(node)).toEqual(all);
  });

  it('attack: who has not joined announces nothing, and three megabytes in one request are refused', async () => {
    const stranger = { ...hub.client(), clock: () => now };
    await expect(tellHoldings(stranger, digests(1))).rejects.toMatchObject({ code: 'NodeNotFound' });
    const node = await join();
    const page = { after: 0, upTo: 1, more: false, gone: [], held: [] as { release: Digest; state: 'cached' }[] };
    page.held = digests(1001).map((release) => ({ release, state: 'cached' }));
    await expect(reportHoldings(node, { session: session('a1'), page })).rejects.toMatchObject({
      code: 'RequestInvalid',
    });
    const troubles = Array.from({ length: 8 }, () => ({ code: 'x', message: 'y'.repeat(300_000) }));
    const huge = leaseTask(node, { announcement: { ...emptyAnnouncement, troubles }, waitMs: 0 });
    await expect(huge).rejects.toMatchObject({ code: 'BodyTooLarge' });
  });

  it('nodes are listed a page at a time, each once', async () => {
    const first = (await listNodes(hub.client())).nodes;
    expect(first.length).toBeGreaterThan(5);
    const cursor = first[2]!;
    const { nodes } = await listNodes(hub.client(), { after: `${Date.parse(cursor.lastSeenAt!)}-${cursor.node}` });
    expect(nodes.map(({ node }) => node)).toEqual(first.slice(3).map(({ node }) => node));
    await expect(listNodes(hub.client(), { after: 'x' })).rejects.toMatchObject({ code: 'RequestInvalid' });
    await expect(listHoldings(hub.client(), 'nobody')).rejects.toMatchObject({ code: 'NodeNotFound' });
  });
});
