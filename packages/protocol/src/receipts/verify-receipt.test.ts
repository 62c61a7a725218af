import { expect, test } from 'vitest';
import type { Address } from '../identity/address.ts';
import { zeroAddress } from '../identity/address.ts';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { Check } from '../schema/check.ts';
import {
  type Receipt,
  Receipt as ReceiptSchema,
  receiptId,
  receiptStruct,
  SignedReceipt,
  zeroBytes32,
} from './receipt.ts';
import { signReceipt } from './sign-receipt.ts';
import { type ExpectedCall, verifyReceipt } from './verify-receipt.ts';

const node = parsePrivateKey('11'.repeat(32)) as PrivateKey;
const stranger = parsePrivateKey('22'.repeat(32)) as PrivateKey;
const hash = (digit: string) => digit.repeat(64);
const receipt: Receipt = {
  version: 1,
  release: hash('a'),
  model: hash('b'),
  request: hash('c'),
  inputs: hash('d'),
  outputs: hash('e'),
  response: hash('f'),
  caller: addressOf(stranger),
  node: addressOf(node),
  nonce: hash('1'),
  startedAt: 5,
  finishedAt: 9,
  runtime: hash('2'),
  auditClass: 1,
  evidence: zeroBytes32,
  price: '0',
  asset: zeroAddress,
  paymentRef: zeroBytes32,
  seq: 3,
  prev: hash('4'),
};
const signed = signReceipt(receipt, node);
const { release, request, nonce, response, caller } = receipt;
const expected: ExpectedCall = { node: receipt.node, release, request, nonce, response, caller };
const wrong = (field: string) => ({ ok: false, reason: 'ReceiptInvalid', field });

test('a receipt is the word of its node about this call', () => {
  expect(Check(SignedReceipt, signed)).toBe(true);
  expect(verifyReceipt(signed, expected)).toMatchObject({ ok: true, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(verifyReceipt(signed, {})).toMatchObject({ ok: true, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test('every field is signed: changing any of them breaks the signature or the account', () => {
  expect(Object.keys(ReceiptSchema.properties)).toEqual(receiptStruct.fields.map(([name]) => name));
  for (const [field] of receiptStruct.fields) {
    const before = receipt[field as keyof Receipt];
    const after =
      typeof before === 'number'
        ? before + 1
        : field === 'price'
          ? '1'
          : String(before).replace(/.$/, (last) => (last === '9' ? '8' : '9'));
    const altered = { ...signed, [field]: after } as SignedReceipt;
    expect(verifyReceipt(altered, {})).toEqual(wrong('signature'));
    expect(receiptId(altered)).not.toBe(receiptId(signed));
  }
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
  ['another version', { version: 2 }],
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
