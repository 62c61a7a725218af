import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressOf,
  emptyLookups,
  emptyNetworkState,
  type PrivateKey,
  parsePrivateKey,
  parseReceipt,
  receiptLeaf,
  reduceNetwork,
  type SignedReceipt,
  type SignedReceipt2,
  signReceipt,
  signStatement,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';
import { createReceipt } from '@callable/stand-ins';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSubject } from './find-subject.ts';
import type { Finding } from './finding.ts';
import { judgeReceipt } from './judge-receipt.ts';
import type { SavedAnswer } from './read-answer.ts';

const keyOf = (digit: string) => parsePrivateKey(digit.repeat(64)) as PrivateKey;
const [hub, publisher, node] = [keyOf('1'), keyOf('2'), keyOf('3')];
const release = 'ab'.repeat(32);
const more = { meter: 'gpu' };
const hashOf = (value: object) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

const { paymentRef: _, ...shared } = createReceipt({
  ...{ release, model: 'c1'.repeat(32), request: 'c2'.repeat(32), inputs: 'c3'.repeat(32), outputs: 'c4'.repeat(32) },
  ...{ response: 'c5'.repeat(32), node: addressOf(node), nonce: 'c6'.repeat(32), seq: 7 },
});
const first = signReceipt({ ...shared, version: 1 as const, paymentRef: zeroBytes32 }, node);
const unsigned = {
  ...shared,
  version: 2 as const,
  ...{ chain: 1, payment: zeroBytes32, units: 3, tokensIn: 4, tokensOut: 5, end: 0, batch: 0 },
  ...{ session: 'd1'.repeat(32), salt: 'd2'.repeat(32), audience: 'd3'.repeat(32), gateway: zeroAddress },
  extra: hashOf(more),
};
const second: SignedReceipt2 = { ...signReceipt(unsigned, node), more };

/** What the log of this network holds of them, folded as `callable verify` folds it. */
function readingOf(receipts: readonly SignedReceipt[], { joined = true, published = true } = {}) {
  const state = emptyNetworkState(addressOf(hub));
  const say = (kind: string, subject: string, body: Record<string, unknown>, key: PrivateKey) =>
    reduceNetwork(state, { loggedAt: 5, statement: signStatement({ kind, subject, body, issuedAt: 5 }, key) });
  const name = { publisher: addressOf(publisher), name: 'iris', version: '1.0.0' };
  if (joined) say('node.joined', addressOf(node), { software: 'x', memoryBytes: 1, slots: 1 }, node);
  if (published) say('release.published', `sha256:${release}`, name, publisher);
  const leaves = receipts.map((receipt) => receiptLeaf(receipt));
  // A tree of two leaves, hashed by hand (RFC 6962).
  const root = createHash('sha256').update(Uint8Array.of(1)).update(leaves[0]!).update(leaves[1]!).digest('hex');
  const { batches } = emptyLookups();
  batches.set(9, { root, count: 2 });
  const source = { name: 'a copy', client: null, read: async () => Buffer.concat(leaves) };
  const log = { ...emptyLookups(), batches, state, newestAt: 1_000_000, findings: [], checkpoint: null as never };
  return { log, source };
}
/** A receipt alone in its file. */
const bare = (receipt: SignedReceipt): SavedAnswer => ({
  ...{ receipt, outputs: null, request: null, encoding: 'plain', salt: null, tensors: null, said: null },
});
const outcomes = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ what, outcome }) => [what, outcome]));
const verdictOn = async (receipt: SignedReceipt, options: { joined?: boolean; published?: boolean } = {}) => {
  const { log, source } = readingOf([first, second], options);
  return outcomes(await judgeReceipt(log, bare(receipt), { source, tensors: null, now: 0 }));
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-receipt-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** The receipt that `callable verify` reads from a file. */
async function fromFile(value: unknown): Promise<SignedReceipt> {
  await writeFile(join(directory, 'answer.json'), JSON.stringify(value));
  const subject = await parseSubject({ cwd: directory }, 'answer.json');
  if (subject.kind !== 'receipt') throw new Error(`It was read as a ${subject.kind}.`);
  return subject.answer.receipt;
}

const good = { receipt: 'checked', node: 'checked', release: 'checked', inclusion: 'checked' };

test.each([
  ['1', first],
  ['2', second],
])('a receipt of version %s in a file is proved by the log, alone or within its answer', async (_, receipt) => {
  for (const value of [receipt, { outputs: { Y: [1] }, receipt, ms: 3 }])
    expect(await verdictOn(await fromFile(value))).toMatchObject(good);
});

test('of version 2 what nobody signed is dropped, and the object whose hash is signed may be missing', async () => {
  expect(await fromFile({ ...second, tip: '1 ETH' })).toEqual(second);
  const { more: _, ...bare } = second;
  expect(await verdictOn(await fromFile(bare))).toMatchObject(good);
});

test.each(Object.keys(unsigned).filter((name) => name !== 'version'))(
  'attack: another %s in a receipt of version 2 is found',
  async (name) => {
    const value = second[name as keyof typeof unsigned];
    const other = typeof value === 'number' ? value + 1 : value.replace(/.$/, (last) => (last === '1' ? '2' : '1'));
    const receipt = parseReceipt({ ...second, [name]: other });
    expect(receipt).not.toBeNull();
    expect(await verdictOn(receipt as SignedReceipt)).toEqual({ receipt: 'failed' });
  },
);

test.each<[string, object]>([
  ['another object than the one whose hash is signed', { more: { meter: 'cpu' } }],
  ['an object where none is signed', { extra: zeroBytes32 }],
  ['times that run backwards', { startedAt: 3 }],
  ['the receipt of one version called the other', { version: 1, paymentRef: zeroBytes32 }],
])('attack: %s is found', async (_name, change) => {
  expect(await verdictOn({ ...second, ...change } as SignedReceipt)).toEqual({ receipt: 'failed' });
});

test('a node that never joined, a release that is not there and a receipt nobody counted fail, each by itself', async () => {
  expect(await verdictOn(second, { joined: false })).toMatchObject({ ...good, node: 'failed' });
  expect(await verdictOn(second, { published: false })).toMatchObject({ ...good, release: 'failed' });
  const { signature: _, more: __, ...own } = second;
  const uncounted = { ...signReceipt({ ...own, seq: 8 }, node), more };
  expect(await verdictOn(uncounted)).toMatchObject({ ...good, inclusion: 'failed' });
});

test('of a receipt newer than a copied log nothing failed: the copy cannot know it, nor who joined since', async () => {
  const { signature: _, more: __, ...own } = second;
  const late = { ...signReceipt({ ...own, seq: 8, startedAt: 999_999, finishedAt: 1_000_001 }, node), more };
  expect(await verdictOn(late)).toMatchObject({ ...good, inclusion: 'unchecked' });
  const unknown = await verdictOn(late, { joined: false, published: false });
  expect(unknown).toMatchObject({
    receipt: 'checked',
    node: 'unchecked',
    release: 'unchecked',
    inclusion: 'unchecked',
  });
  const { log, source } = readingOf([first, second], { joined: false });
  const live = { ...source, client: {} as never };
  const at = (now: number) => judgeReceipt(log, bare(late), { source: live, tensors: null, now });
  expect(outcomes(await at(1_030_000))).toMatchObject({ node: 'failed', inclusion: 'unchecked' });
  expect(outcomes(await at(2_000_000))).toMatchObject({ node: 'failed', inclusion: 'failed' });
});

test('attack: leaves beside the log that do not give its root prove nothing', async () => {
  const { log } = readingOf([first, first]);
  const { source } = readingOf([first, second]);
  expect(outcomes(await judgeReceipt(log, bare(second), { source, tensors: null, now: 0 }))).toMatchObject({
    ...good,
    inclusion: 'failed',
  });
  const missing = { ...source, read: async () => null };
  expect(outcomes(await judgeReceipt(log, bare(second), { source: missing, tensors: null, now: 0 }))).toMatchObject({
    ...good,
    inclusion: 'unchecked',
  });
});

test.each([
  ['nothing', {}],
  ['half a receipt', { receipt: { ...second, signature: undefined } }],
  ['a version nobody knows', { ...second, version: 3 }],
  ['a list', [second]],
])('a file that holds %s is refused with what to keep', async (_name, value) => {
  await expect(fromFile(value)).rejects.toMatchObject({ code: 'ReceiptInvalid' });
});
