import { expect, test } from 'vitest';
import { createReceipt } from '../../test/create-receipt.ts';
import type { Address } from '../identity/address.ts';
import { zeroAddress } from '../identity/address.ts';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { Check } from '../schema/check.ts';
import { hashExtra } from '../schema/extra.ts';
import { isFork } from './is-fork.ts';
import { receiptId, SignedReceipt } from './receipt.ts';
import { Receipt1, receiptStruct1 } from './receipt-1.ts';
import { Receipt2, receiptStruct2 } from './receipt-2.ts';
import { zeroBytes32 } from './receipt-fields.ts';
import { signReceipt } from './sign-receipt.ts';
import { type ExpectedCall, verifyReceipt } from './verify-receipt.ts';

const node = parsePrivateKey('11'.repeat(32)) as PrivateKey;
const stranger = parsePrivateKey('22'.repeat(32)) as PrivateKey;
const hash = (digit: string) => digit.repeat(64);
const receipt = createReceipt({
  ...{ release: hash('a'), model: hash('b'), request: hash('c'), inputs: hash('d'), outputs: hash('e') },
  ...{ response: hash('f'), caller: addressOf(stranger), node: addressOf(node), nonce: hash('1') },
  ...{ startedAt: 5, finishedAt: 9, runtime: hash('2'), seq: 3, prev: hash('4') },
});
const signed = signReceipt(receipt, node);
const { paymentRef, ...shared } = receipt;
const receipt2: Receipt2 = {
  ...shared,
  version: 2,
  payment: paymentRef,
  ...{ chain: 1, units: 2, tokensIn: 3, tokensOut: 4, end: 0, batch: 5 },
  ...{ session: hash('5'), salt: hash('6'), audience: hash('7'), extra: zeroBytes32 },
  gateway: addressOf(stranger),
};
const { release, request, nonce, response, caller } = receipt;
const expected: ExpectedCall = { node: receipt.node, release, request, nonce, response, caller };
const wrong = (field: string) => ({ ok: false, reason: 'ReceiptInvalid', field });

test('a receipt is the word of its node about this call', () => {
  expect(Check(SignedReceipt, signed)).toBe(true);
  expect(verifyReceipt(signed, expected)).toMatchObject({ ok: true, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(verifyReceipt(signed, {})).toMatchObject({ ok: true, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test.each([
  { version: 1, of: receipt, struct: receiptStruct1, schema: Receipt1 },
  { version: 2, of: receipt2, struct: receiptStruct2, schema: Receipt2 },
])('every field of version $version is signed: changing any of them breaks the signature', ({ of, struct, schema }) => {
  const truly = signReceipt(of, node);
  expect(verifyReceipt(truly, {})).toEqual({ ok: true, id: receiptId(of) });
  expect(Object.keys(schema.properties).sort()).toEqual(struct.fields.map(([name]) => name).sort());
  for (const [field] of struct.fields) {
    const before: unknown = of[field as keyof typeof of];
    const after =
      typeof before === 'number'
        ? field === 'version'
          ? 3 - before
          : before + 1
        : field === 'price'
          ? '1'
          : String(before).replace(/.$/, (last) => (last === '9' ? '8' : '9'));
    const altered = { ...truly, [field]: after } as SignedReceipt;
    // As version 2 its hash is another; version 1 has no other members either.
    expect(verifyReceipt(altered, {})).toEqual(wrong('signature'));
    if (field !== 'version') expect(receiptId(altered)).not.toBe(receiptId(truly));
  }
});

test('a node counts once in each session, and never in two versions together', () => {
  const of = (change: Partial<Receipt2>) => signReceipt({ ...receipt2, ...change }, node);
  const fork = (first: SignedReceipt, second: SignedReceipt) => isFork({ first, second }, receipt.node);
  const other = { salt: hash('8') };
  expect(fork(of({}), of(other))).toBe(true);
  expect(fork(of({}), of({}))).toBe(false);
  expect(fork(of({}), of({ ...other, seq: 4 }))).toBe(false);
  expect(fork(of({}), of({ ...other, session: hash('9') }))).toBe(false);
  expect(fork(signed, of({ session: zeroBytes32 }))).toBe(false);
  expect(fork(of({}), { ...of(other), seq: 3, salt: hash('9') })).toBe(false);
});

test('the host a caller signed for is compared where a receipt can name it', () => {
  const truly = signReceipt(receipt2, node);
  expect(verifyReceipt(truly, { ...expected, audience: hash('7') })).toMatchObject({ ok: true });
  expect(verifyReceipt(truly, { ...expected, audience: hash('8') })).toEqual(wrong('audience'));
  expect(verifyReceipt(signed, { ...expected, audience: hash('8') })).toMatchObject({ ok: true });
});

test.each<[string, object]>([
  ['of many members', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${i}`, i]))],
  ['of many bytes', { text: 'x'.repeat(2048) }],
  ['that is nested without end', JSON.parse(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`) as object],
  ['with a prototype in its depth', JSON.parse('{"a":[{"__proto__":{}}]}') as object],
])('attack: an open object %s is refused', (_, more) => {
  const extra = hashExtra(more as Record<string, unknown>) ?? hash('1');
  const bad: unknown = { ...signReceipt({ ...receipt2, extra }, node), more };
  expect(Check(SignedReceipt, bad) && verifyReceipt(bad, {}).ok).toBe(false);
});

test.each(['node', 'caller', 'release', 'request', 'nonce', 'response'] as const)(
  'attack: a true receipt of another %s',
  (field) => {
    const value = field === 'node' || field === 'caller' ? zeroAddress : hash('9');
    expect(verifyReceipt(signed, { ...expected, [field]: value })).toEqual(wrong(field));
  },
);

test("attack: a node signs a receipt in another node's name", () => {
  expect(verifyReceipt(signReceipt(receipt, stranger), expected)).toEqual(wrong('signature'));
});

test('attack: a node puts its own signature and name under the receipt of another', () => {
  const stolen = signReceipt({ ...receipt, node: addressOf(stranger) }, stranger);
  expect(verifyReceipt(stolen, expected)).toEqual(wrong('node'));
  expect(verifyReceipt({ ...signed, signature: stolen.signature }, expected)).toEqual(wrong('signature'));
});

test('attack: it ended before it began', () => {
  expect(verifyReceipt(signReceipt({ ...receipt, startedAt: 10 }, node), expected)).toEqual(wrong('times'));
  expect(verifyReceipt(signReceipt({ ...receipt, startedAt: 9 }, node), expected)).toMatchObject({
    ok: true,
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('attack: a price that fits the schema and no hash is refused, not thrown', () => {
  const huge = { ...signed, price: '9'.repeat(78) };
  expect(Check(SignedReceipt, huge)).toBe(true);
  expect(verifyReceipt(huge, expected)).toEqual(wrong('signature'));
});

test.each<[string, object]>([
  ['a time no date can name', { finishedAt: 8.64e15 + 1 }],
  ['a time of Infinity', { finishedAt: Number.POSITIVE_INFINITY }],
  ['version 2 without its members', { version: 2 }],
  ['a version nobody knows', { version: 3 }],
  ['a checksummed address', { node: (receipt.node as string).toUpperCase() as Address }],
  ['a price in hex', { price: '0x1' }],
  ['a price with leading zeros', { price: '01' }],
  ['an unknown field', { tip: '1' }],
  ['a fraction of a number', { seq: 0.5 }],
  ['no signature', { signature: undefined }],
  ['a shouted signature', { signature: signed.signature.toUpperCase() }],
])('%s does not fit the schema', (_, change) => {
  expect(Check(SignedReceipt, { ...signed, ...change })).toBe(false);
});

test('the last time a receipt may name can be shown', () => {
  expect(Check(SignedReceipt, { ...signed, finishedAt: 8.64e15 })).toBe(true);
  expect(new Date(8.64e15).toISOString()).toBe('+275760-09-13T00:00:00.000Z');
});
