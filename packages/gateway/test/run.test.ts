import { hexOfDigest, receiptId, type SignedReceipt, verifyReceipt, zeroAddress } from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });

test('a stranger without a key gets the outputs, and what stands behind them', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const response = await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(response.status).toBe(200);
  expect(response.headers.get('callable-receipt-salt')).toBe('ee'.repeat(32));
  const answer = (await response.json()) as Record<string, unknown>;
  expect(answer).toMatchObject({
    outputs: { Y: [[2, 4]] },
    release: release.reference,
    digest: release.digest,
    node: node.node,
  });
  expect(answer.ms).toBeTypeOf('number');
  const receipt = answer.receipt as SignedReceipt;
  expect(verifyReceipt(receipt, { node: node.node, caller: zeroAddress }).ok).toBe(true);
  expect(receiptId(receipt)).toMatch(/^[0-9a-f]{64}$/);
  expect(gateway.reports).toMatchObject([
    { outcome: 'good', receipt: { release: hexOfDigest(release.digest) }, request: null },
  ]);
});

test('the body crosses untouched, and a form content type (curl -d) does no harm', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const body = `  ${inputs}\n`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(gateway.url + path, { method: 'POST', body, headers });
  expect(response.status).toBe(200);
  expect(Buffer.from(node.calls[0]!.body).toString()).toBe(body);
});

test('the SDK calls with a key, and the receipt names the caller and the hash of what was signed', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const key = randomKey();
  const answer = await runModel(createClient(gateway.url, { key }), release.digest, { X: [[3, 4]] });
  expect(answer.outputs).toEqual({ Y: [[6, 8]] });
  expect(answer.receipt.caller).not.toBe(zeroAddress);
  expect(answer.receipt.request).toBe(node.calls[0]!.head.request);
});
