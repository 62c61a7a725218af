import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeOf, receiptId, receiptLeaf, toHex, verifyReceipt } from '@callable/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { judgeAnswer } from './judge-answer.ts';
import { readAnswer } from './read-answer.ts';

/** Saved once and read for ever: if this fails, the code is wrong. */
const fixtures = join(import.meta.dirname, '../../test/fixtures');
const read = (name: string) => readAnswer(join(fixtures, name), name);

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

test('an answer of /v2 without its proof has its receipt in a header: the file alone is refused, and is told how to save it', async () => {
  await expect(read('infer-3.answer')).rejects.toMatchObject({
    code: 'ReceiptInvalid',
    next: expect.stringMatching(/curl -i.*proof=1/),
  });
});

/** As `curl -i` saves an answer of /v2, behind a 100 that the upload of a large body gets. */
async function saveWithHead(altered: (body: string) => string = (body) => body, more: Record<string, string> = {}) {
  const [body, proved] = await Promise.all(
    ['infer-3.answer', 'infer-3.proof.answer'].map((name) => readFile(join(fixtures, name), 'utf8')),
  );
  const { proof } = JSON.parse(proved ?? '') as { proof: { receipt: unknown; salt: string } };
  const headers = {
    'Content-Type': 'application/json',
    'Callable-Receipt': Buffer.from(JSON.stringify(proof.receipt)).toString('base64url'),
    'callable-receipt-salt': proof.salt,
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const directory = await mkdtemp(join(tmpdir(), 'callable-head-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'answer.http');
  const head = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${lines.join('')}\r\n`;
  await writeFile(path, `${head}${altered(body ?? '')}`);
  return readAnswer(path, 'answer.http');
}

test('an answer of /v2 saved with its headers is proved offline', async () => {
  const answer = await saveWithHead();
  expect(verifyReceipt(answer.receipt, {})).toMatchObject({ ok: true });
  expect(judgeAnswer(answer, null).map(({ what, outcome }) => [what, outcome])).toContainEqual(['outputs', 'checked']);
});

test('attack: other outputs under the same head, and a head with another salt, are not what the node signed', async () => {
  const lied = await saveWithHead((body) => body.replace('9223372036854775807', '9223372036854775806'));
  const salted = await saveWithHead((body) => body, { 'callable-receipt-salt': 'ab'.repeat(32) });
  const tensors = (await read('infer-3.proof.answer')).tensors;
  for (const answer of [lied, salted])
    expect(judgeAnswer(answer, tensors).map(({ what, outcome }) => [what, outcome])).toContainEqual([
      'outputs',
      'failed',
    ]);
  const broken = saveWithHead((body) => body, { 'Callable-Receipt': 'bm8' });
  await expect(broken).rejects.toMatchObject({ code: 'FileUnreadable' });
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
