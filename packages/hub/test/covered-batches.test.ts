import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Address,
  addressOf,
  type BatchOfCalls,
  type Digest,
  encodeSegment,
  isBatchFork,
  joinSegments,
  type SignedBatch,
  verifyReceipt3,
} from '@callable/protocol';
import { getReceipt, listGaps } from '@callable/sdk';
import { joinAsNode, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { createCallsDesk } from '../src/calls/desk/create-calls-desk.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

/** A gateway of this hub that puts anything where the signatures of headers should be; nodes and callers are honest. */
let hub: TestHub;
let digest: Digest;
beforeAll(async () => {
  hub = await startTestHub();
  ({ digest } = await publishBytes(hub.client(randomKey()), Buffer.from('called'), { name: 'called' }));
});
afterAll(() => hub[Symbol.asyncDispose]());

const gateway = () => hub.client(hub.ctx.key);
const calls = (count: number) => Array.from({ length: count }, () => ({ release: digest }));
const garble = ({ batch, records }: BatchOfCalls): BatchOfCalls => ({
  batch: { ...batch, signature: `0x${'11'.repeat(65)}` },
  records,
});
async function joinedNode() {
  const key = randomKey();
  await joinAsNode(hub.client(key));
  const player = playBatches(key, addressOf(hub.ctx.key));
  return { ...player, chain: (length: number) => Array.from({ length }, () => player.batch(calls(2))) };
}
const said = async (node: Address) => {
  const convicted = await hub.ctx.db
    .selectFrom('node_state')
    .select('convicted')
    .where('node', '=', node)
    .executeTakeFirst();
  const forks = await hub.ctx.db
    .selectFrom('statement')
    .select('content')
    .where('kind', '=', 'receipt.forked')
    .where('subject', '=', node)
    .execute();
  const bodies = forks.map(({ content }) => JSON.parse(content).body as { first: SignedBatch; second: SignedBatch });
  return { isConvicted: convicted?.convicted === true, bodies };
};

it('attack: a garbled signature in the middle of a chain is filed and handed to nobody as proof; the others prove themselves', async () => {
  const { session, chain, node } = await joinedNode();
  const [a, b, c] = chain(3) as [BatchOfCalls, BatchOfCalls, BatchOfCalls];
  expect(await reportBatches(gateway(), [a, garble(b), c])).toEqual({ filed: 3, known: 0, refused: {} });
  for (const number of [0, 5]) {
    const receipt = await getReceipt(hub.client(), { session, number });
    expect(receipt.version === 3 && verifyReceipt3(receipt).ok).toBe(true);
  }
  const garbled = getReceipt(hub.client(), { session, number: 2 });
  await expect(garbled).rejects.toMatchObject({ code: 'ReceiptNotFound' });
  await expect(garbled).rejects.toThrow('without the signature of its header');
  expect((await listGaps(hub.client(), node)).gaps).toEqual([]);
  // The node's own bytes are known: they are the same header.
  expect(await reportBatches(gateway(), [b])).toEqual({ filed: 0, known: 1, refused: {} });
});

it('attack: a last signature that is bad is refused, and all before it are filed as though it had not come', async () => {
  const { chain } = await joinedNode();
  const [a, b, c] = chain(3) as [BatchOfCalls, BatchOfCalls, BatchOfCalls];
  expect(await reportBatches(gateway(), [a, b, garble(c)])).toEqual({ filed: 2, known: 0, refused: { signature: 1 } });
  expect(await reportBatches(gateway(), [c])).toEqual({ filed: 1, known: 0, refused: {} });
});

it('attack: what covers a garbled header is filed elsewhere already, so in this file nothing would: it is refused', async () => {
  const { chain, session } = await joinedNode();
  const [a, b] = chain(2) as [BatchOfCalls, BatchOfCalls];
  await reportBatches(gateway(), [b]);
  expect(await reportBatches(gateway(), [garble(a), b])).toEqual({ filed: 0, known: 1, refused: { signature: 1 } });
  // Its own signature was not looked at before, and is now.
  expect(await reportBatches(gateway(), [a, b])).toEqual({ filed: 1, known: 1, refused: {} });
  expect(await getReceipt(hub.client(), { session, number: 0 })).toMatchObject({ seq: 0 });
});

it.each([true, false])(
  'attack: a garbled header convicts nobody, as it is signed once at most; in one report: %s',
  async (isOne) => {
    const { chain, batch, node } = await joinedNode();
    const [a, b] = chain(2) as [BatchOfCalls, BatchOfCalls];
    const again = batch(calls(1), { first: 0 });
    const report = (...some: BatchOfCalls[]) => reportBatches(gateway(), some);
    if (!isOne) await report(garble(a), b);
    const taken = isOne ? await report(garble(a), b, again) : await report(again);
    expect(taken).toMatchObject({ filed: isOne ? 2 : 0, refused: { fork: 1 } });
    expect(await said(node)).toEqual({ isConvicted: false, bodies: [] });
  },
);

it.each([true, false])(
  'a fork of covered headers convicts by two that are signed, each alone; in one report: %s',
  async (isOne) => {
    const { chain, batch, node } = await joinedNode();
    const both = chain(3);
    // It overlaps the first, which is garbled, and the second.
    const again = batch(calls(3), { first: 1 });
    const [a, b, c] = both as [BatchOfCalls, BatchOfCalls, BatchOfCalls];
    const report = (...some: BatchOfCalls[]) => reportBatches(gateway(), some);
    if (!isOne) await report(garble(a), b, c);
    expect(isOne ? await report(a, b, c, again) : await report(again)).toMatchObject({ refused: { fork: 1 } });
    const { isConvicted, bodies } = await said(node);
    expect([isConvicted, bodies.map((body) => isBatchFork(body, node))]).toEqual([true, [true]]);
  },
);

it('attack: nobody is audited for a receipt that no node and no auditor could verify', async () => {
  const { chain, node, session } = await joinedNode();
  const [a, b] = chain(2) as [BatchOfCalls, BatchOfCalls];
  await using directory = await createTestDirectory();
  const path = join(directory.path, 'file');
  await writeFile(path, joinSegments([encodeSegment({ failures: [], batches: [garble(a), b] })]));
  const desk = createCallsDesk();
  const drawn = desk.draw({ path, root: 'ab'.repeat(32), shares: [[node, 1]], after: 0 });
  expect(drawn?.map(({ receipt }) => receipt.seq)).toEqual([2, 3]);
  // And after a restore its numbers are taken all the same.
  expect(desk.list(path).map(({ runs }) => runs)).toMatchObject([[{ node, session, first: 0, last: 3, batches: 2 }]]);
});
