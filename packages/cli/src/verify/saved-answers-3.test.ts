import { join } from 'node:path';
import { nodeOf, receiptId, receiptLeaf, toHex, verifyReceipt } from '@callable/protocol';
import { expect, test } from 'vitest';
import { judgeAnswer } from './judge-answer.ts';
import { readAnswer } from './read-answer.ts';

/** Saved once and read for ever: if this fails, the code is wrong. */
const read = (name: string) => readAnswer(join(import.meta.dirname, '../../test/fixtures', name), name);

test.each([
  ['run-3.proof.answer', '182149d8148a12429dd98f5e780feec0462affc1daea674034bfc6c7c0ab32d0', 'checked'],
  ['run-3.answer', '182149d8148a12429dd98f5e780feec0462affc1daea674034bfc6c7c0ab32d0', 'unchecked'],
  ['infer-3.proof.answer', 'f5db51d9e14b54effd093239d9248efc37bc63add175009b11d2386a47b509bf', 'checked'],
])('%s, an answer with a receipt of version 3, is proved offline', async (name, id, inputs) => {
  const answer = await read(name);
  expect(verifyReceipt(answer.receipt, { response: answer.receipt.response })).toEqual({ ok: true, id });
  expect(receiptId(answer.receipt as Parameters<typeof receiptId>[0])).toBe(id);
  const findings = judgeAnswer(answer, answer.tensors);
  expect(Object.fromEntries(findings.map(({ what, outcome }) => [what, outcome]))).toMatchObject({
    ...{ outputs: 'checked', inputs },
  });
  expect(nodeOf(answer.receipt)).toMatch(/^0x[0-9a-f]{40}$/);
  expect(toHex(receiptLeaf(answer.receipt))).toBe(
    name.startsWith('run')
      ? 'ba0d07865a1068f7154571d512855fa986a80a626ac997385a340721cf3c94d0'
      : 'dfb4255dd26e1b1660418c30938c7c8984e9a927b2d40ca249e2c8a23a353db0',
  );
});

test('an answer of /v2 without its proof has its receipt in a header, so the file alone is refused', async () => {
  await expect(read('infer-3.answer')).rejects.toMatchObject({ code: 'ReceiptInvalid' });
});

test('attack: a number that is not its place, a path of another leaf, another header or gateway', async () => {
  const { receipt } = await read('run-3.proof.answer');
  if (receipt.version !== 3) throw new Error('The fixture is of version 3.');
  const other = await read('infer-3.proof.answer');
  if (other.receipt.version !== 3) throw new Error('The fixture is of version 3.');
  const { batch } = receipt;
  const gateway = nodeOf(receipt);
  for (const [field, altered] of [
    ['path', { ...receipt, seq: receipt.seq + 1 }],
    ['seq', { ...receipt, seq: batch.first + batch.count }],
    ['path', { ...receipt, path: other.receipt.path }],
    ['path', { ...receipt, batch: other.receipt.batch }],
    ['path', { ...receipt, caller: gateway }],
    ['signature', { ...receipt, batch: { ...batch, gateway } }],
    ['signature', { ...receipt, batch: { ...batch, signature: other.receipt.batch.signature } }],
  ] as const)
    expect(verifyReceipt(altered, {}), field).toEqual({ ok: false, reason: 'ReceiptInvalid', field });
  for (const [field, expected] of [
    ['gateway', { gateway }],
    ['caller', { caller: gateway }],
    ['node', { node: batch.gateway }],
    ['response', { response: receipt.outputs }],
  ] as const)
    expect(verifyReceipt(receipt, expected), field).toEqual({ ok: false, reason: 'ReceiptInvalid', field });
});
