import { randomBytes } from 'node:crypto';
import {
  addressOf,
  type BatchOfCalls,
  createPrivateKey,
  encodeReceipt,
  encodeSegment,
  fromHex,
  growBatchTree,
  joinSegments,
  leafOfBatch,
  leafOfReceipt,
  type PrivateKey,
  requestHash,
  type SignedCall,
  signBatch,
  signHash,
  toHex,
  verifyBatch,
  zeroBytes32,
} from '@callable/protocol';
import { createReceipt3 } from '@callable/stand-ins';
import { describe, expect, test } from 'vitest';
import { rootOf } from '../judge-inclusion.ts';
import { judgeCalls } from './judge-calls.ts';

const newKey = () => createPrivateKey((length) => randomBytes(length));
const random = () => randomBytes(32).toString('hex');
const [node, caller] = [newKey(), newKey()];
const gateway = addressOf(newKey());

function signCall(by: PrivateKey) {
  const request = { method: 'POST', path: '/v1/run/p/n@1', body: random(), nonce: random(), issuedAt: 5 };
  const hash = requestHash(request);
  const signature = signHash(fromHex(hash) as Uint8Array, by);
  const call: SignedCall = { ...request, version: 1, audience: null, terms: null, signature };
  return { call, hash };
}

type Header = { first: number; previous: string; session?: string; by?: PrivateKey };

/** A batch of two calls, the second of them signed, and a bare hash. */
function batchOf({ first, previous, session = 'd1'.repeat(32), by = caller }: Header): BatchOfCalls {
  const { call, hash } = signCall(caller);
  const keyless = { ...createReceipt3(), seq: first, salt: random() };
  const signed = { ...createReceipt3(), seq: first + 1, salt: random(), request: hash, caller: addressOf(by) };
  const records: BatchOfCalls['records'] = [
    { kind: 'call', receipt: keyless, request: null },
    { kind: 'call', receipt: signed, request: call },
    { kind: 'hash', leaf: Uint8Array.from(randomBytes(32)) },
  ];
  const leaves = records.map((one) => (one.kind === 'hash' ? one.leaf : leafOfReceipt(encodeReceipt(one.receipt))));
  const root = toHex(growBatchTree(leaves).root);
  const header = { node: addressOf(node), session, gateway, first, count: 3, root, previous, issuedAt: 9 };
  return { batch: signBatch(header, node).batch, records };
}

const idOf = ({ batch }: BatchOfCalls) => verifyBatch(batch) ?? '';

/** Batches that follow each other in one session. */
function chainOf(length: number): BatchOfCalls[] {
  const chain: BatchOfCalls[] = [];
  while (chain.length < length) {
    const before = chain.at(-1);
    chain.push(batchOf({ first: 3 * chain.length, previous: before ? idOf(before) : zeroBytes32 }));
  }
  return chain;
}

/** A log with a file for each of these lists, as a hub files them; `altered` changes a file afterwards. */
async function judge(
  files: BatchOfCalls[][],
  altered: (file: Uint8Array, entry: number) => Uint8Array | null = (file) => file,
  split = (list: BatchOfCalls[]) => list.map((one) => [one]),
) {
  const kept = new Map<string, Uint8Array | null>();
  const batches = new Map<number, { root: string; count: number; calls: number }>();
  for (const [index, list] of files.entries()) {
    const segments = split(list).map((batches) => encodeSegment({ failures: [], batches }));
    const entry = 10 + index;
    const root = await rootOf(list.map(({ batch }) => leafOfBatch(batch)));
    batches.set(entry, { root, count: list.length, calls: 3 * list.length });
    kept.set(`receipts/${entry}`, altered(joinSegments(segments), entry));
  }
  const source = { read: async (path: string) => kept.get(path) ?? null };
  const findings = await judgeCalls({ signal: new AbortController().signal }, { batches }, source);
  return Object.fromEntries(findings.map(({ what, outcome, detail }) => [what, `${outcome}: ${detail}`]));
}

test('whole sessions hold, in whatever order their files are, and are counted', async () => {
  const [a, b, c] = chainOf(3) as [BatchOfCalls, BatchOfCalls, BatchOfCalls];
  const other = batchOf({ first: 0, previous: zeroBytes32, session: 'd2'.repeat(32) });
  const found = await judge([
    [c, other],
    [a, b],
  ]);
  expect(Object.keys(found)).toEqual(['calls', 'sessions']);
  expect(found['calls']).toMatch(/^checked: 8 calls by 1 callers who signed, and 4 that count as none .* in 4 batches/);
  expect(found['sessions']).toMatch(/^checked: 2 sessions of 1 nodes, 0 gaps/);
});

test('attack: two headers over one number are a fork, named by node, session, numbers and entries', async () => {
  const [a, b] = chainOf(2) as [BatchOfCalls, BatchOfCalls];
  const again = batchOf({ first: 3, previous: idOf(a) });
  const { forks, sessions } = await judge([[a, b], [again]]);
  expect(forks).toMatch(/^failed: 1 /);
  for (const part of [addressOf(node), 'd1'.repeat(32), '3 to 5 (entry 10)', '3 to 5 (entry 11)'])
    expect(forks).toContain(part);
  expect(sessions).toBeUndefined();
  const astride = batchOf({ first: 4, previous: idOf(a) });
  expect((await judge([[a, b, astride]]))['forks']).toContain('3 to 5 (entry 10) and 4 to 6 (entry 10)');
});

test('attack: a batch that is left out is a gap with its numbers; one at the start of a session too', async () => {
  const [a, b, c] = chainOf(3) as [BatchOfCalls, BatchOfCalls, BatchOfCalls];
  const { gaps, sessions } = await judge([[a], [c]]);
  expect(gaps).toMatch(/^unchecked: 1 .*: 3 to 5\.$/);
  expect(sessions).toContain('1 gaps');
  expect((await judge([[b, c]]))['gaps']).toContain(': 0 to 2');
});

test('attack: a header that names another before it than the one that is there breaks its chain', async () => {
  const [a] = chainOf(1) as [BatchOfCalls];
  const { chains } = await judge([[a, batchOf({ first: 3, previous: random() })]]);
  expect(chains).toMatch(/^failed: 1 .*3 to 5 \(entry 10\)/);
  expect((await judge([[batchOf({ first: 0, previous: random() })]]))['chains']).toContain('0 to 2');
});

test('attack: one header twice would count its calls twice', async () => {
  const [a] = chainOf(1) as [BatchOfCalls];
  expect((await judge([[a], [a]]))['repeated']).toMatch(/^failed: 1 .*0 to 2 \(entry 11\), again in entry 10/);
});

test('attack: an altered receipt leads to another root, whichever bit was turned; the entry and the batch are named', async () => {
  const chain = chainOf(1);
  const found = await judge([chain], (file) => {
    // The last record but one ends with the signature of the caller, before the 33 bytes of a bare hash.
    file[file.length - 33 - 65 - 20] = (file[file.length - 33 - 65 - 20] ?? 0) ^ 1;
    return file;
  });
  expect(found['calls']).toContain('entry 10: the batch 0 to 2 of node');
  expect(found['calls']).toContain('the path to one of them is forged');
  const hash = await judge([chain], (file) => {
    file[file.length - 1] = (file[file.length - 1] ?? 0) ^ 1;
    return file;
  });
  expect(hash['calls']).toContain('the path to one of them is forged');
});

test('attack: a caller that did not sign, a header that is not under its entry, a file that was cut, or is gone', async () => {
  const forged = batchOf({ first: 0, previous: zeroBytes32, by: newKey() });
  expect((await judge([[forged]]))['calls']).toContain('names a caller that did not sign its request');
  const [a, b] = chainOf(2) as [BatchOfCalls, BatchOfCalls];
  const swapped = joinSegments([encodeSegment({ failures: [], batches: [a] })]);
  expect((await judge([[a, b]], () => swapped))['calls']).toContain('do not have the root that the log says');
  expect((await judge([[a, b]], (file) => file.subarray(0, -1)))['calls']).toMatch(/^failed.*entry 10/);
  expect((await judge([[a, b]], () => randomBytes(99)))['calls']).toMatch(/^failed.*entry 10/);
  const gone = await judge([[a], [b]], (file, entry) => (entry === 11 ? null : file));
  expect(gone['files']).toContain('missing: 11');
  expect(gone['calls']).toMatch(/^checked/);
});

describe('headers whose own signature does not hold', () => {
  const garble = ({ batch, records }: BatchOfCalls) => ({
    batch: { ...batch, signature: `0x${'11'.repeat(65)}` },
    records,
  });
  const together = (list: BatchOfCalls[]) => [list];

  test('attack: a gateway garbles a signature in the middle; the log holds, for a later one covers it, and the gateway is named', async () => {
    const [a, b, c] = chainOf(3) as [BatchOfCalls, BatchOfCalls, BatchOfCalls];
    const found = await judge([[a, garble(b), c]], undefined, together);
    expect(found['calls']).toMatch(/^checked: .*a signature holds over every one/);
    expect(found['covered']).toMatch(/^checked: 1 headers /);
    expect(found['covered']).toContain(`entry 10: the batch 3 to 5 of node ${addressOf(node)}`);
    expect(found['covered']).toContain(`reported by ${gateway}`);
    expect(found['sessions']).toMatch(/^checked: 1 sessions of 1 nodes, 0 gaps/);
  });

  test('attack: the last of a chain without a signature, or one that is covered in another segment alone, fails the log', async () => {
    const [a, b] = chainOf(2) as [BatchOfCalls, BatchOfCalls];
    const last = await judge([[a, garble(b)]], undefined, together);
    expect(last['calls']).toMatch(/^failed: .*the batch 3 to 5 .* was not signed by its node/);
    expect((await judge([[garble(a), b]]))['calls']).toMatch(/^failed: .*the batch 0 to 2 .* was not signed/);
  });

  test('attack: a header that is covered alone is a fork with another over its numbers all the same', async () => {
    const [a, b] = chainOf(2) as [BatchOfCalls, BatchOfCalls];
    const again = batchOf({ first: 0, previous: zeroBytes32 });
    const { forks } = await judge([[garble(a), b, again]], undefined, together);
    expect(forks).toMatch(/^failed: 1 .*0 to 2 \(entry 10\) and 0 to 2 \(entry 10\)/);
  });
});
