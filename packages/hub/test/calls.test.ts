import {
  type Address,
  addressOf,
  type BatchOfCalls,
  type Digest,
  encodeSegment,
  type GapList,
  type PrivateKey,
  splitSegments,
} from '@callable/protocol';
import { getReceipt, listGaps, listNodes, readLogFile, sendSegment } from '@callable/sdk';
import { joinAsNode, type PlayedCall, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchSegments } from '../src/log/batch-segments.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
let digest: Digest;
const publisher = randomKey();
beforeAll(async () => {
  hub = await startTestHub();
  ({ digest } = await publishBytes(hub.client(publisher), Buffer.from('called'), { name: 'called' }));
});
afterAll(() => hub[Symbol.asyncDispose]());

const gateway = () => hub.client(hub.ctx.key);
const gatewayAddress = () => addressOf(hub.ctx.key);
const callers = Array.from({ length: 5 }, () => randomKey());
/** So many calls of keys, one after the other. */
const signedCalls = (count: number): PlayedCall[] =>
  Array.from({ length: count }, (_, i) => ({ release: digest, caller: callers[i % callers.length] as PrivateKey }));
const keyless = (count: number): PlayedCall[] => Array.from({ length: count }, () => ({ release: digest }));

async function joinedNode() {
  const key = randomKey();
  await joinAsNode(hub.client(key));
  return { key, ...playBatches(key, gatewayAddress()) };
}

/** What the hub has taken of these batches: as rows of runs, and what was counted by kind. */
async function runsOf(session: string) {
  const rows = await hub.ctx.db
    .selectFrom('receipt_run')
    .select(['first', 'last'])
    .where('session', '=', session)
    .orderBy('first')
    .execute();
  return rows.map(({ first, last }) => [first, last]);
}
const gapsOf = async (session: string) =>
  (
    await hub.ctx.db
      .selectFrom('receipt_gap')
      .select(['first', 'last'])
      .where('session', '=', session)
      .orderBy('first')
      .execute()
  ).map(({ first, last }) => [first, last]);
const convictionOf = async (node: Address) =>
  (await hub.ctx.db.selectFrom('node_state').select('convicted').where('node', '=', node).executeTakeFirst())
    ?.convicted;

/** Calls of the node in all release.called statements and in what waits for the next. */
async function countedOf(node: Address): Promise<number> {
  const waiting = await hub.ctx.db.selectFrom('uncounted_call').select('count').where('node', '=', node).execute();
  const said = await hub.ctx.db
    .selectFrom('statement')
    .select('content')
    .where('kind', '=', 'release.called')
    .where(sql<boolean>`content like ${`%${node}%`}`)
    .execute();
  const counts = said.flatMap(({ content }) => {
    const { body } = JSON.parse(content) as { body: { byNode: { node: string; signed: number; keyless: number }[] } };
    return body.byNode.filter((one) => one.node === node).map(({ signed, keyless }) => signed + keyless);
  });
  return [...waiting.map(({ count }) => Number(count)), ...counts].reduce((a, b) => a + b, 0);
}

describe('a segment', () => {
  it('is taken from a gateway of this hub alone, and only as one', async () => {
    const node = await joinedNode();
    const bytes = encodeSegment({ failures: [], batches: [node.batch(keyless(1))] });
    await expect(sendSegment(hub.client(), bytes)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    await expect(sendSegment(gateway(), bytes.subarray(1))).rejects.toMatchObject({ code: 'SegmentInvalid' });
    const old = await fetch(`${hub.url}/v1/receipts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"reports":[]}',
    });
    expect([old.status, await old.json()]).toMatchObject([410, { code: 'ReportsOutdated' }]);
    expect(await runsOf(node.session)).toEqual([]);
  });

  it('counts once, however often and however mixed its batches are sent', async () => {
    const node = await joinedNode();
    const batches = Array.from({ length: 9 }, (_, i) => node.batch([...signedCalls(1 + (i % 3)), ...keyless(2)]));
    const [one, two, three] = [batches.slice(0, 4), batches.slice(2, 7), batches.slice(5)] as BatchOfCalls[][];
    const taken = await Promise.all([
      ...[one, two, three, one, two].map((some) => reportBatches(gateway(), some as BatchOfCalls[])),
      reportBatches(gateway(), [...batches].reverse()),
    ]);
    expect(taken.reduce((sum, { filed }) => sum + filed, 0)).toBe(9);
    expect(taken.map(({ refused }) => refused)).toEqual(taken.map(() => ({})));
    const runs = await runsOf(node.session);
    const numbers = runs.flatMap(([first = 0, last = 0]) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    expect(numbers).toEqual(Array.from({ length: 36 }, (_, i) => i));
    expect(await gapsOf(node.session)).toEqual([]);
    await expect.poll(() => countedOf(node.node), { timeout: 20_000 }).toBe(36);
    expect(await reportBatches(gateway(), batches)).toEqual({ filed: 0, known: 9, refused: {} });
    expect(await countedOf(node.node)).toBe(36);
    expect(await convictionOf(node.node)).not.toBe(true);
  });

  it('enters the log with the next statement, and its file holds it as it came', async () => {
    const node = await joinedNode();
    const batches = [node.batch(signedCalls(3)), node.batch([{ hash: true }, ...keyless(1)])];
    const sent = encodeSegment({ failures: [], batches }, { key: hub.ctx.key, issuedAt: Date.now() });
    await sendSegment(gateway(), sent);
    const segmentsIn = async () => {
      await batchSegments(hub.ctx);
      const row = await hub.ctx.db
        .selectFrom('receipt_run')
        .innerJoin('segment', 'segment.id', 'receipt_run.segment')
        .select(['batch', 'file'])
        .where('session', '=', node.session)
        .executeTakeFirstOrThrow();
      if (row.batch === null || row.file !== `receipts/${row.batch}`) return [];
      const file = await readLogFile(hub.client())(`receipts/${row.batch}`);
      return (splitSegments(file ?? new Uint8Array()) ?? []).map((one) => Buffer.from(one).toString('hex'));
    };
    const bytes = Buffer.from(sent).toString('hex');
    await expect.poll(segmentsIn, { timeout: 20_000 }).toContain(bytes);
    const place = { session: node.session, number: 1 };
    expect(await getReceipt(hub.client(), place)).toMatchObject({ seq: 1, batch: { count: 3 } });
    await expect(getReceipt(hub.client(), { ...place, number: 3 })).rejects.toThrow('bare hash');
    await expect(getReceipt(hub.client(), { ...place, number: 5 })).rejects.toMatchObject({ code: 'ReceiptNotFound' });
  });
});

describe('what a batch proves', () => {
  const forked = async (node: Address) => {
    const rows = await hub.ctx.db
      .selectFrom('statement')
      .select('content')
      .where('kind', '=', 'receipt.forked')
      .where('subject', '=', node)
      .execute();
    return rows.length;
  };

  it('attack: two batches under the same numbers, in two reports or in one, convict their node, and count once', async () => {
    for (const isOne of [true, false]) {
      const node = await joinedNode();
      const [first, second] = [node.batch(keyless(4)), node.batch(keyless(3), { first: 2 })];
      if (isOne) expect(await reportBatches(gateway(), [first, second])).toMatchObject({ refused: { fork: 1 } });
      else {
        await reportBatches(gateway(), [first]);
        expect(await reportBatches(gateway(), [second])).toEqual({ filed: 0, known: 0, refused: { fork: 1 } });
      }
      expect(await runsOf(node.session)).toEqual([[0, 3]]);
      expect([await convictionOf(node.node), await forked(node.node)]).toEqual([true, 1]);
      // What it says from now on is worth nothing, and the fork is said once.
      expect(await reportBatches(gateway(), [node.batch(keyless(1), { first: 9 })])).toMatchObject({
        refused: { convicted: 1 },
      });
      await reportBatches(gateway(), [node.batch(keyless(1), { first: 1 })]);
      expect(await forked(node.node)).toBe(1);
    }
  });

  it('attack: another gateway, another time, a caller that did not sign: the batch is refused, and convicts nobody', async () => {
    const node = await joinedNode();
    const elsewhere = playBatches(node.key, addressOf(randomKey()), { session: node.session });
    const stranger = { ...keyless(1)[0], fields: { caller: addressOf(randomKey()) } } as PlayedCall;
    const signed = node.batch(signedCalls(1));
    const claimed = structuredClone(signed);
    for (const record of claimed.records)
      if (record.kind === 'call' && record.request) record.request.signature = `0x${'11'.repeat(65)}`;
    const taken = await reportBatches(gateway(), [
      elsewhere.batch(keyless(2)),
      node.batch(keyless(1), { issuedAt: Date.now() - 25 * 3600_000 }),
      node.batch(keyless(1), { issuedAt: Date.now() + 3600_000 }),
      node.batch([stranger]),
      claimed,
      { ...node.batch(keyless(1)), batch: { ...signed.batch, root: 'ab'.repeat(32) } },
    ]);
    expect(taken).toEqual({ filed: 0, known: 0, refused: { gateway: 1, time: 2, root: 2, caller: 1 } });
    expect([await runsOf(node.session), await convictionOf(node.node)]).toEqual([[], false]);
    // The caller's own signature stands: the same numbers, with nothing made up.
    expect(await reportBatches(gateway(), [signed])).toMatchObject({ filed: 1 });
  });

  it('a gap is noted until what was missing comes, and convicts nobody', async () => {
    const node = await joinedNode();
    const batches = Array.from({ length: 6 }, () => node.batch(keyless(2)));
    const report = (...indices: number[]) =>
      reportBatches(
        gateway(),
        indices.map((i) => batches[i] as BatchOfCalls),
      );
    await report(5);
    expect(await gapsOf(node.session)).toEqual([[0, 9]]);
    const shown = async () => (await listNodes(gateway())).nodes.find((one) => one.node === node.node)?.gaps;
    expect(await shown()).toBe(1);
    const named = async (session?: string) => {
      const { gaps } = await listGaps(hub.client(), node.node, session === undefined ? {} : { session });
      return gaps.map(({ kind, first, count }) => [kind, first, count]);
    };
    expect(await named()).toEqual([['missing', 0, 10]]);
    // Another session of the same node, of which nothing but its third receipt came.
    const other = playBatches(node.key, gatewayAddress());
    await reportBatches(gateway(), [other.batch(keyless(1), { first: 2 })]);
    expect(await named(other.session)).toEqual([['missing', 0, 2]]);
    expect(await named(node.session)).toEqual([['missing', 0, 10]]);
    expect((await named()).length).toBe(2);
    await report(1, 3);
    expect(await gapsOf(node.session)).toEqual([
      [0, 1],
      [4, 5],
      [8, 9],
    ]);
    await report(0, 4, 2);
    expect(await gapsOf(node.session)).toEqual([]);
    // A chain that begins anew, without a number missing.
    await reportBatches(gateway(), [node.batch(keyless(1), { previous: 'cd'.repeat(32) })]);
    expect(await gapsOf(node.session)).toEqual([[12, 11]]);
    expect(await named(node.session)).toEqual([['broken', 12, 0]]);
    expect(await convictionOf(node.node)).not.toBe(true);
  });

  it('gaps are read a page at a time, each once', async () => {
    const node = await joinedNode();
    await reportBatches(gateway(), [node.batch(keyless(1), { first: 9_000 })]);
    const place = { node: node.node, session: node.session, found_at: 1 };
    const rows = Array.from({ length: 2_001 }, (_, i) => ({ ...place, first: 2 * i, last: 2 * i - (i % 2) }));
    await hub.ctx.db.deleteFrom('receipt_gap').where('node', '=', node.node).execute();
    await hub.ctx.db.insertInto('receipt_gap').values(rows).execute();
    const seen: number[] = [];
    let pages = 0;
    for (let after: string | null | undefined; after !== null; pages++) {
      const page: GapList = await listGaps(hub.client(), node.node, after === undefined ? {} : { after });
      seen.push(...page.gaps.map(({ first }) => first));
      after = page.next;
    }
    expect([pages, seen]).toEqual([3, rows.map(({ first }) => first)]);
    await expect(listGaps(hub.client(), node.node, { after: 'x' })).rejects.toMatchObject({ code: 'RequestInvalid' });
    await expect(listGaps(hub.client(), 'nobody')).rejects.toMatchObject({ code: 'NodeNotFound' });
  });

  it('attack: a node that breaks its chain at every call buys no row with each', async () => {
    const node = await joinedNode();
    const broken = Array.from({ length: 80 }, (_, i) => node.batch(keyless(1), { first: 2 * i }));
    expect(await reportBatches(gateway(), broken)).toEqual({ filed: 64, known: 0, refused: { chain: 16 } });
  });

  it('attack by keys that never joined: their calls are evidence within a bound, and no usage; nor do they fill the log', async () => {
    const key = randomKey();
    const stranger = playBatches(key, gatewayAddress());
    const batches = Array.from({ length: 20 }, () => stranger.batch(keyless(64)));
    const taken = await Promise.all(batches.map((one) => reportBatches(gateway(), [one])));
    const filed = taken.filter((one) => one.filed === 1).length;
    expect([filed, taken.filter((one) => one.refused['stranger'] === 1).length]).toEqual([15, 5]);
    const forks = Array.from({ length: 30 }, () => playBatches(randomKey(), gatewayAddress()));
    for (const one of forks)
      await reportBatches(gateway(), [one.batch(keyless(1)), one.batch(keyless(1), { first: 0 })]);
    const said = await Promise.all(forks.map(({ node }) => forked(node)));
    expect(said.reduce((a, b) => a + b, 0)).toBe(20);
    expect(await countedOf(stranger.node)).toBe(0);
  });
});

it('usage is told apart by whose it is; probes, cut answers, other times and unknown releases are none', async () => {
  const node = await joinedNode();
  const probe = randomKey();
  await hub.ctx.db
    .insertInto('probe_caller')
    .values({ address: addressOf(probe), created_at: Date.now() })
    .execute();
  const { digest: release } = await publishBytes(hub.client(publisher), Buffer.from('usage'), { name: 'usage' });
  const unknown = `sha256:${'9'.repeat(64)}` as Digest;
  const day = 24 * 3600_000;
  const calls: PlayedCall[] = [
    ...Array.from({ length: 3 }, (_, i) => ({ release, caller: callers[i % 2] as PrivateKey })),
    ...[{ release }, { release }, { release, caller: publisher }, { release, caller: node.key }],
    ...[{ release, caller: probe }, { release, fields: { end: 1 } }, { release: unknown }, { hash: true as const }],
    // attack by a publisher: a key that calls in its name is no stranger, and in a stranger's it is.
    { release, caller: randomKey(), onBehalfOf: addressOf(publisher) },
    { release, caller: callers[0] as PrivateKey, onBehalfOf: addressOf(randomKey()) },
    { release, fields: { startedAt: 1, finishedAt: 2 } },
    { release, fields: { finishedAt: Date.now() + day } },
  ];
  const failures = [
    { release, count: 4, lastAt: Date.now() },
    { release, count: 40, lastAt: Date.now() - 2 * day },
    { release: unknown, count: 400, lastAt: Date.now() },
  ];
  await reportBatches(gateway(), [node.batch(calls)], failures);
  const said = async () => {
    const row = await hub.ctx.db
      .selectFrom('statement')
      .select('content')
      .where('kind', '=', 'release.called')
      .where('subject', '=', release)
      .executeTakeFirst();
    return row && (JSON.parse(row.content) as { body: unknown }).body;
  };
  const byNode = [{ node: node.node, signed: 4, keyless: 2 }];
  await expect
    .poll(said, { timeout: 20_000 })
    .toMatchObject({ signed: 4, keyless: 2, own: 3, failed: 4, callers: 2, byNode });
});
