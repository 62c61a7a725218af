import { expect, test } from 'vitest';
import {
  bareReceipt,
  hashExtra,
  parseReceipt,
  type RequestTerms,
  receiptLeaf,
  requestHash,
  type SignedReceipt,
  toHex,
  verifyReceipt,
  verifyRequest,
} from '../src/index.ts';
import kept from './fixtures/version-2.json' with { type: 'json' };

/** Signed by another implementation. The file is never made anew: if this fails, the code is wrong. */
const receipts = kept.receipts as unknown as { receipt: SignedReceipt; id: string; leaf: string }[];

test.each(receipts)('receipts of version 2 hold and are the same leaf of a batch: $id', ({ receipt, id, leaf }) => {
  expect(parseReceipt(receipt)).toEqual(receipt);
  expect(verifyReceipt(receipt, {})).toEqual({ ok: true, id });
  expect(toHex(receiptLeaf(receipt))).toBe(leaf);
});

test.each(kept.requests)('requests of version 2 are accepted: $hash', ({ request, headers, ...wanted }) => {
  const { hash, signer, audience, terms } = wanted;
  const isFor = (named: string | null) => named === audience;
  const verdict = verifyRequest({ ...request, headers, isFor }, request.issuedAt + 1000);
  expect(verdict).toEqual({
    ok: true,
    signer,
    nonce: request.nonce,
    issuedAt: request.issuedAt,
    hash,
    audience,
    terms,
  });
  const signed = { ...request, version: 2, audience, ...(terms as unknown as RequestTerms) } as const;
  expect(requestHash(signed)).toBe(hash);
});

const { receipt: open, leaf } = receipts[0]!;

test('a member that nobody signed is ignored, and dropped from what is passed on', () => {
  const stranger = { ...open, tip: '1', refund: { to: 'me' } };
  expect(parseReceipt(stranger)).toEqual(open);
  expect(bareReceipt(stranger)).toEqual(open);
  expect(verifyReceipt(stranger, {}).ok).toBe(true);
  expect(toHex(receiptLeaf(stranger))).toBe(leaf);
});

test('attack: an open object that is not the signed one is refused, and one left out changes nothing', () => {
  const { more, ...closed } = open as SignedReceipt & { version: 2 };
  expect(hashExtra(more!)).toBe(closed.extra);
  const refused = { ok: false, reason: 'ReceiptInvalid', field: 'extra' };
  for (const other of [{}, { ...more, cache: 'miss' }, JSON.parse('{"__proto__":{"price":"0"}}')])
    expect(verifyReceipt({ ...closed, more: other }, {})).toEqual(refused);
  expect(verifyReceipt(closed, {}).ok).toBe(true);
  expect(toHex(receiptLeaf(closed))).toBe(leaf);
});
