import { createHash, randomBytes } from 'node:crypto';
import { addressOf, isFork, parsePrivateKey, receiptId, verifyReceipt, zeroBytes32 } from '@callable/protocol';
import { createReceipt } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { openReceiptSession } from './open-receipt-session.ts';

const key = parsePrivateKey('11'.repeat(32))!;
const random = (length: number) => new Uint8Array(randomBytes(length));
const { release, model, request, inputs, outputs, response, caller, nonce, startedAt, finishedAt, runtime } =
  createReceipt({ release: 'aa'.repeat(32), model: 'bb'.repeat(32) });
const call = { release, model, request, inputs, outputs, response, caller, nonce, startedAt, finishedAt, runtime };

test('receipts count up from 0 and each names the one before it', () => {
  const session = openReceiptSession(key, random);
  const issued = Array.from({ length: 5 }, () => session.issue(call));
  const receipts = issued.map(({ receipt }) => receipt);
  expect(receipts.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
  expect(receipts.map(({ prev }) => prev)).toEqual([zeroBytes32, ...issued.slice(0, 4).map(({ id }) => id)]);
  const { signature: _, ...last } = receipts[4]!;
  expect(verifyReceipt(receipts[4]!, { node: addressOf(key) })).toEqual({ ok: true, id: receiptId(last) });
  expect(new Set(receipts.map((receipt) => receipt.version === 2 && receipt.salt)).size).toBe(5);
});

test('a node restored from a copy, or started twice, gives no number of another start: nothing of it is a fork', () => {
  const [one, copy] = [openReceiptSession(key, random), openReceiptSession(key, random)];
  expect(one.id).toMatch(/^[0-9a-f]{32}0{32}$/);
  expect(one.id).not.toBe(copy.id);
  const [first, second] = [one.issue(call).receipt, copy.issue({ ...call, outputs: 'cc'.repeat(32) }).receipt];
  expect([first.seq, second.seq]).toEqual([0, 0]);
  expect(isFork({ first, second }, addressOf(key))).toBe(false);
});

test('attack: two receipts under one session and number convict', () => {
  const same = (length: number) => new Uint8Array(length).fill(7);
  const [first, second] = ['cc', 'dd'].map(
    (byte) => openReceiptSession(key, same).issue({ ...call, outputs: byte.repeat(32) }).receipt,
  );
  expect(isFork({ first: first!, second: second! }, addressOf(key))).toBe(true);
});

test('a signed call names the gateway it was for, a keyless one the gateway alone', () => {
  const gateway = addressOf(key);
  const session = openReceiptSession(key, random);
  const audience = createHash('sha256').update(gateway).digest('hex');
  expect(session.issue({ ...call, caller: gateway, gateway }).receipt).toMatchObject({ gateway, audience });
  expect(session.issue({ ...call, gateway }).receipt).toMatchObject({ gateway, audience: zeroBytes32 });
});
