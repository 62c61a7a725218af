import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import type { Address } from '../../identity/address.ts';
import { addressOf, createPrivateKey } from '../../keys/private-key.ts';
import { signTyped } from '../../keys/sign-typed.ts';
import { hashTree } from '../../log/hash-range.ts';
import { proveInclusion } from '../../log/inclusion-proof.ts';
import { readSubtreesOfLeaves } from '../../log/leaves.ts';
import { hashLeaf } from '../../log/merkle-hash.ts';
import { requestHash, typedOnTerms } from '../../requests/request-hash.ts';
import type { SignedRequest2 } from '../../requests/signed-request-2.ts';
import { Check } from '../../schema/check.ts';
import { joinSegments, splitSegments } from '../segments/batch-file.ts';
import { decodeBatch, decodeSegment } from '../segments/decode-segment.ts';
import { encodeSegment, SegmentWriter } from '../segments/encode-segment.ts';
import { hashLeaves } from '../segments/leaves-of-batch.ts';
import { type CallRecord, type SignedCall, zeroCaller } from '../segments/segment.ts';
import { verifyFiledBatches } from '../segments/verify-filed-batches.ts';
import { viewSegment } from '../segments/view-segment.ts';
import { walkSegment } from '../segments/walk-segment.ts';
import { batchBytes, leafOfBatch } from './batch-bytes.ts';
import { largestBatch, type SignedBatch, signBatch, verifyBatch } from './batch-header.ts';
import { growBatchTree } from './batch-tree.ts';
import { isBatchFork } from './is-batch-fork.ts';
import { isMisplaced } from './is-misplaced.ts';
import type { Receipt3 } from './receipt-3.ts';
import { decodeReceipt, encodeReceipt, leafOfReceipt, receiptBytes } from './receipt-bytes.ts';
import { receiptOfBatch, SignedReceipt3 } from './signed-receipt-3.ts';
import { verifyReceipt3 } from './verify-receipt-3.ts';

const random = (length = 32) => toHex(randomBytes(length));
const newKey = () => createPrivateKey((length) => randomBytes(length));
const key = newKey();
const caller = newKey();
const gateway = addressOf(newKey());
const session = random();
const startedAt = 1_780_000_000_000;

const receiptOf = (seq: number, more: Partial<Receipt3> = {}): Receipt3 => ({
  ...{ version: 3, seq, release: 'aa'.repeat(32), request: random(), inputs: random(), outputs: random() },
  ...{ response: random(), caller: zeroCaller, startedAt, finishedAt: startedAt + 7, runtime: 'bb'.repeat(32) },
  ...{ auditClass: 0, end: 0, units: 1, tokensIn: 0, tokensOut: 0, extra: zeroBytes32, salt: random(), ...more },
});

function batchOf(receipts: readonly Receipt3[], more: Partial<SignedBatch> = {}) {
  const leaves = receipts.map((receipt) => leafOfReceipt(encodeReceipt(receipt)));
  const tree = growBatchTree(leaves);
  const header = {
    ...{ node: addressOf(key), session, gateway, first: receipts[0]?.seq ?? 0, count: receipts.length },
    ...{ root: toHex(tree.root), previous: zeroBytes32, issuedAt: startedAt + 9, ...more },
  };
  return { ...signBatch(header, key), tree, leaves };
}

const five = Array.from({ length: 5 }, (_, index) => receiptOf(40 + index));

test('the tree of a batch is that of RFC 6962, for every size and every leaf', async () => {
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  const leaves = Array.from({ length: largestBatch }, () => Uint8Array.from(randomBytes(32)));
  for (let size = 1; size <= largestBatch; size++) {
    const part = leaves.slice(0, size);
    const tree = growBatchTree(part);
    const read = readSubtreesOfLeaves(part, hash);
    expect(toHex(tree.root)).toBe(toHex(await hashTree(size, read, hash)));
    for (let index = 0; index < size; index++)
      expect(tree.path(index).map(toHex)).toEqual((await proveInclusion(index, size, read, hash)).map(toHex));
  }
  expect(() => growBatchTree([])).toThrow(RangeError);
});

test('a receipt is 312 bytes and comes back from them; altered ones are other receipts or none', () => {
  const receipt = receiptOf(7, { units: 3, tokensIn: 5, tokensOut: 2 ** 32 - 1, end: 1, auditClass: 2 });
  const bytes = encodeReceipt(receipt);
  expect(bytes).toHaveLength(receiptBytes);
  expect(decodeReceipt(bytes)).toEqual(receipt);
  for (let at = 0; at < bytes.length; at++) {
    const altered = Uint8Array.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(decodeReceipt(altered)).not.toEqual(receipt);
  }
  expect(decodeReceipt(bytes.subarray(1))).toBeNull();
  for (const more of [{ finishedAt: startedAt - 1 }, { finishedAt: startedAt + 2 ** 32 }, { salt: 'ab' }, { seq: -1 }])
    expect(() => encodeReceipt(receiptOf(7, more))).toThrow();
});

test('each receipt of a batch is proved alone, offline; whatever is altered is found', () => {
  const { batch, tree } = batchOf(five);
  for (const receipt of five) {
    const signed = receiptOfBatch(receipt, batch, tree);
    expect(Check(SignedReceipt3, signed)).toBe(true);
    const id = toHex(leafOfReceipt(encodeReceipt(receipt)));
    expect(verifyReceipt3(signed)).toEqual({ ok: true, id, batch: verifyBatch(batch) });
    for (const name of ['release', 'request', 'inputs', 'outputs', 'response', 'runtime', 'extra', 'salt'] as const)
      expect(verifyReceipt3({ ...signed, [name]: random() }), name).toMatchObject({ ok: false, why: 'path' });
    expect(verifyReceipt3({ ...signed, units: 2 })).toMatchObject({ ok: false, why: 'path' });
    expect(verifyReceipt3({ ...signed, seq: 45 })).toMatchObject({ ok: false, why: 'seq' });
    expect(verifyReceipt3({ ...signed, path: [...signed.path, random()] })).toMatchObject({ ok: false, why: 'path' });
    for (const name of ['session', 'previous'] as const)
      expect(verifyReceipt3({ ...signed, batch: { ...batch, [name]: random() } })).toMatchObject({ why: 'signature' });
    expect(verifyReceipt3({ ...signed, more: { a: 1 } })).toMatchObject({ ok: false, why: 'extra' });
  }
});

test('attack: a path of another leaf, or of a leaf at another place, proves nothing', () => {
  const { batch, tree } = batchOf(five);
  const signed = five.map((receipt) => receiptOfBatch(receipt, batch, tree));
  for (const one of signed)
    for (const other of signed)
      expect(verifyReceipt3({ ...one, path: other.path, seq: other.seq }).ok).toBe(one === other);
});

test('the siblings in a path tell a caller nothing: equal calls have other leaves', () => {
  const same = { request: random(), inputs: random(), outputs: random(), response: random() };
  const [a, b] = [receiptOf(0, same), receiptOf(0, same)].map((one) => toHex(leafOfReceipt(encodeReceipt(one))));
  expect(a).not.toBe(b);
});

test('fork: two headers of one session whose numbers overlap, and nothing else', () => {
  const first = batchOf(five).batch;
  const node = addressOf(key);
  const overlapping = batchOf(five.slice(2).map((one) => ({ ...one, units: 2 })));
  expect(isBatchFork({ first, second: overlapping.batch }, node)).toBe(true);
  expect(isBatchFork({ first: overlapping.batch, second: first }, node)).toBe(true);
  expect(isBatchFork({ first, second: first }, node)).toBe(false);
  const next = batchOf([receiptOf(45)]).batch;
  expect(isBatchFork({ first, second: next }, node)).toBe(false);
  const elsewhere = batchOf(five, { session: random(), issuedAt: startedAt }).batch;
  expect(isBatchFork({ first, second: elsewhere }, node)).toBe(false);
  expect(isBatchFork({ first, second: overlapping.batch }, gateway)).toBe(false);
});

test('attack: a fork that the node did not sign convicts nobody', () => {
  const first = batchOf(five).batch;
  const forged = { ...batchOf(five, { issuedAt: startedAt }).batch, previous: random() };
  expect(isBatchFork({ first, second: forged }, addressOf(key))).toBe(false);
});

test('fork: a leaf that is not at the place of its number', () => {
  const receipts = [receiptOf(40), receiptOf(40)];
  const { batch, tree } = batchOf(receipts);
  const second = { ...receiptOfBatch(receipts[1] as Receipt3, batch, tree), path: tree.path(1).map(toHex) };
  expect(isMisplaced(second, 1, addressOf(key))).toBe(true);
  expect(isMisplaced(second, 0, addressOf(key))).toBe(false);
  expect(isMisplaced({ ...second, batch: { ...batch, issuedAt: 1 } }, 1, addressOf(key))).toBe(false);
});

function signCall(audience: string | null, terms: Partial<SignedRequest2> = {}, issuedAt = startedAt - 20) {
  const plain = { method: 'POST', path: '/v1/run/p/n@1.0.0', body: random(), nonce: random(), issuedAt };
  const request = audience === null ? plain : { ...plain, ...terms, version: 2 as const, audience };
  const signature = signTyped(...typedOnTerms(request), caller);
  const version = audience === null ? (1 as const) : (2 as const);
  const kept = Object.keys(terms).length > 0 ? ({ ...noTermsOf(), ...terms } as SignedCall['terms']) : null;
  const call: SignedCall = { ...plain, version, audience, terms: kept, signature };
  return { call, hash: requestHash(request) };
}
const noTermsOf = () => ({
  ...{ session: zeroBytes32, seq: 0, expiresAt: 0, price: '0', asset: zeroCaller as Address, chain: 0 },
  ...{ payment: zeroBytes32, units: 0, tokens: 0 },
});

function recordOf(seq: number, signed: ReturnType<typeof signCall> | null, more: Partial<Receipt3> = {}): CallRecord {
  if (!signed) return { kind: 'call', receipt: receiptOf(seq, more), request: null };
  const by = { caller: addressOf(caller), request: signed.hash };
  return { kind: 'call', receipt: receiptOf(seq, { ...by, ...more }), request: signed.call };
}

const leafOfRecord = (one: CallRecord) => (one.kind === 'hash' ? one.leaf : leafOfReceipt(encodeReceipt(one.receipt)));

/** The verdicts on all batches of a segment; none where the bytes are no segment. */
function verifyAll(bytes: Uint8Array) {
  const segment = viewSegment(bytes);
  return (segment ? verifyFiledBatches(segment) : []).flatMap((one) => one ?? []);
}

function segmentOf(records: readonly CallRecord[]) {
  const leaves = records.map(leafOfRecord);
  const header = {
    ...{ node: addressOf(key), session, gateway, first: 0, count: records.length, previous: random() },
    ...{ root: toHex(growBatchTree(leaves).root), issuedAt: startedAt + 30 },
  };
  return { batch: signBatch(header, key).batch, records };
}

test('a segment holds every kind of call in the bytes that are promised, and gives them back', () => {
  const records: CallRecord[] = [
    recordOf(0, null),
    recordOf(1, signCall(gateway)),
    recordOf(2, signCall(null)),
    { kind: 'hash', leaf: Uint8Array.from(randomBytes(32)) },
    recordOf(4, signCall('hub.example:1'), { tokensIn: 9, tokensOut: 8, extra: random(), units: 7 }),
    recordOf(5, signCall(gateway, { seq: 3, price: '17' })),
    recordOf(6, signCall(gateway, {}, startedAt + 2 ** 33)),
    recordOf(7, null, { startedAt: 5, finishedAt: 6 }),
  ];
  const batches = [segmentOf(records), segmentOf([recordOf(0, null)])];
  const failures = [{ release: `sha256:${'cc'.repeat(32)}` as const, count: 4, lastAt: startedAt }];
  const decoded = decodeSegment(encodeSegment({ failures: failures as never, batches }));
  expect(decoded?.failures).toEqual(failures);
  expect(decoded?.batches.map(({ at: _at, ...rest }) => rest)).toEqual(batches);
  const bytes = encodeSegment({ failures: failures as never, batches });
  const places = walkSegment(bytes);
  expect(places?.map(({ at }) => at)).toEqual(decoded?.batches.map(({ at }) => at));
  for (const [index, { at }] of (places ?? []).entries())
    expect(toHex(hashLeaf(bytes.subarray(at, at + batchBytes), sha256))).toBe(
      toHex(leafOfBatch((batches[index] as (typeof batches)[0]).batch)),
    );
  for (const one of decoded?.batches ?? []) expect(decodeBatch(bytes, one.at)).toEqual(one);
  expect(decodeBatch(bytes, 4)).toBeNull();
  expect(splitSegments(joinSegments([bytes, new Uint8Array(), bytes]))).toEqual([bytes, new Uint8Array(), bytes]);
  const verdicts = verifyAll(bytes);
  expect(verdicts.map((one) => (one.ok ? one.id : one.why))).toEqual(batches.map(({ batch }) => verifyBatch(batch)));
  // The leaves are made from where they stand, and are those of the receipts as objects.
  const view = viewSegment(bytes) as NonNullable<ReturnType<typeof viewSegment>>;
  const leavesOf = hashLeaves(view);
  expect(view.batches.map((one) => leavesOf(one)?.map(toHex))).toEqual(
    batches.map(({ records: some }) => some.map(leafOfRecord).map(toHex)),
  );
});

test('a signed call takes 300 bytes of a segment, one without a key 177', () => {
  const lengthOf = (records: CallRecord[]) => encodeSegment({ failures: [], batches: [segmentOf(records)] }).length;
  const signed = Array.from({ length: 3 }, (_, seq) => recordOf(seq, signCall(gateway)));
  const keyless = Array.from({ length: 3 }, (_, seq) => recordOf(seq, null));
  expect(lengthOf(signed) - lengthOf(signed.slice(0, 2))).toBe(300);
  expect(lengthOf(keyless) - lengthOf(keyless.slice(0, 2))).toBe(177);
});

test('attack: bytes of a segment that were cut, altered or made up are refused, whatever they claim to hold', () => {
  const records = [recordOf(0, null), recordOf(1, signCall(gateway)), recordOf(2, signCall(gateway, { seq: 3 }))];
  const bytes = encodeSegment({ failures: [], batches: [segmentOf(records)] });
  const file = joinSegments([bytes]);
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeSegment(bytes.subarray(0, length))).toBeNull();
    expect(walkSegment(bytes.subarray(0, length))).toBeNull();
    if (length > 0) expect(splitSegments(file.subarray(0, length))).toBeNull();
  }
  for (let at = 0; at < bytes.length; at++) {
    const altered = Uint8Array.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 0x41;
    for (const one of verifyAll(altered)) expect(one.ok, `byte ${at}`).toBe(false);
  }
  for (let round = 0; round < 2000; round++) {
    const noise = Uint8Array.from(randomBytes(round % 700));
    noise.set(bytes.subarray(0, 4).slice(0, Math.min(4, noise.length)));
    expect(decodeSegment(noise)).toBeNull();
    expect(walkSegment(noise)).toBeNull();
  }
});

test('attack: a caller that did not sign its request makes the whole batch worth nothing', () => {
  const stranger = addressOf(newKey());
  const record = recordOf(0, signCall(gateway), { caller: stranger });
  expect(verifyAll(encodeSegment({ failures: [], batches: [segmentOf([record])] }))).toEqual([
    { ok: false, why: 'caller' },
  ]);
});

test('a batch that has no place in a segment leaves nothing of it there', () => {
  const [good, other] = [segmentOf([recordOf(0, null)]), segmentOf([recordOf(0, null), recordOf(1, null)])];
  const [first, second] = other.records as [CallRecord, Extract<CallRecord, { kind: 'call' }>];
  const bent = { ...second, receipt: { ...second.receipt, units: -1 } };
  const writer = new SegmentWriter(1);
  writer.add(good);
  expect(() => writer.add({ ...other, records: [first, bent] })).toThrow(RangeError);
  expect(writer.calls).toBe(1);
  expect(writer.finish({ failures: [] }, null)).toEqual(encodeSegment({ failures: [], batches: [good] }));
});

test('attack: a node or gateway that leaves a leaf out, or puts one in another place', () => {
  const records = [recordOf(0, null), recordOf(1, null)];
  const { batch } = segmentOf(records);
  expect(() => encodeSegment({ failures: [], batches: [{ batch, records: records.slice(1) }] })).toThrow(RangeError);
  const short = { batch: { ...batch, count: 1 }, records: records.slice(1) };
  const turned = { batch, records: [...records].reverse() };
  for (const one of [short, turned])
    expect(verifyAll(encodeSegment({ failures: [], batches: [one] }))).toEqual([{ ok: false, why: 'root' }]);
});

describe('one signature for a chain', () => {
  const garbage = `0x${'11'.repeat(65)}`;
  /** A node's batches of one call each, each naming the one before it. */
  function chainOf(length: number, more: (at: number) => Partial<SignedBatch> = () => ({}), by = key) {
    const chain: { batch: SignedBatch; records: CallRecord[]; id: string }[] = [];
    for (let at = 0; at < length; at++) {
      const records = [recordOf(at, null)];
      const header = {
        ...{ node: addressOf(by), session, gateway, first: at, count: 1, previous: chain[at - 1]?.id ?? zeroBytes32 },
        ...{ root: toHex(growBatchTree(records.map(leafOfRecord)).root), issuedAt: startedAt + 30, ...more(at) },
      };
      chain.push({ ...signBatch(header, by), records });
    }
    return chain;
  }
  type Chain = ReturnType<typeof chainOf>;
  const garble = (chain: Chain, ...places: number[]) =>
    chain.map((one, at) => (places.includes(at) ? { ...one, batch: { ...one.batch, signature: garbage } } : one));
  const judge = (chain: Chain, options: Parameters<typeof verifyFiledBatches>[1] = {}) => {
    const segment = viewSegment(encodeSegment({ failures: [], batches: chain }));
    const verdicts = segment ? verifyFiledBatches(segment, options) : [];
    return verdicts.map((one) => (one?.ok ? one.said : (one?.why ?? 'left out')));
  };

  test('the last of a chain is looked at, in whatever order they stand; who asks for every one hears of each', () => {
    const chain = chainOf(4);
    expect(judge(chain)).toEqual(['later', 'later', 'later', 'itself']);
    expect(judge([...chain].reverse())).toEqual(['itself', 'later', 'later', 'later']);
    expect(judge(chain, { every: true })).toEqual(['itself', 'itself', 'itself', 'itself']);
    expect(judge(garble(chain, 1), { every: true })).toEqual(['itself', 'later', 'itself', 'itself']);
  });

  test('attack: a last signature that is bad covers nothing, and just the batches are refused that were before', () => {
    const chain = chainOf(4);
    expect(judge(garble(chain, 3))).toEqual(['later', 'later', 'itself', 'signature']);
    expect(judge(garble(chain, 2, 3))).toEqual(['later', 'itself', 'signature', 'signature']);
    expect(judge(garble(chain, 0, 1, 2, 3))).toEqual(Array(4).fill('signature'));
  });

  test('attack: a header that does not follow without a gap, in one session of one node and gateway, covers nothing', () => {
    const two = (more: Partial<SignedBatch>, by = key) =>
      judge(
        garble(
          chainOf(2, (at) => (at === 1 ? more : {}), key),
          0,
        ).map((one, at) =>
          at === 1 && by !== key ? { ...one, ...signBatch({ ...one.batch, node: addressOf(by) }, by) } : one,
        ),
      );
    expect(two({})).toEqual(['later', 'itself']);
    for (const more of [{ session: random() }, { gateway: addressOf(newKey()) }, { previous: random() }])
      expect(two(more), JSON.stringify(more)).toEqual(['signature', 'itself']);
    // Another node says that this one has said it.
    expect(two({}, newKey())).toEqual(['signature', 'itself']);
    const [first, , third] = garble(chainOf(3), 0) as [Chain[0], Chain[0], Chain[0]];
    const behindGap = { ...third, ...signBatch({ ...third.batch, previous: first.id }, key) };
    expect(judge([first, behindGap])).toEqual(['signature', 'itself']);
  });

  test('attack: what is itself refused or left out covers nothing', () => {
    const chain = garble(chainOf(3), 0, 1);
    expect(judge(chain, { isWanted: (_, index) => index !== 2 })).toEqual(['signature', 'signature', 'left out']);
    const forged = recordOf(2, signCall(gateway), { caller: addressOf(newKey()) });
    const root = toHex(growBatchTree([leafOfRecord(forged)]).root);
    const last = chain[2] as Chain[0];
    const claimed = { ...last, ...signBatch({ ...last.batch, root }, key), records: [forged] };
    expect(judge([...chain.slice(0, 2), claimed])).toEqual(['signature', 'signature', 'caller']);
    expect(judge([...chain.slice(0, 2), { ...last, records: [recordOf(2, null)] }])).toEqual([
      ...['signature', 'signature', 'root'],
    ]);
  });

  test('attack: another header that names the same one before it does not uncover it', () => {
    const [first, second] = garble(chainOf(2), 0) as [Chain[0], Chain[0]];
    const other = newKey();
    const claims = { ...second, ...signBatch({ ...second.batch, node: addressOf(other) }, other) };
    expect(judge([first, second, claims])).toEqual(['later', 'itself', 'itself']);
    expect(judge([first, claims, second])).toEqual(['later', 'itself', 'itself']);
  });
});
