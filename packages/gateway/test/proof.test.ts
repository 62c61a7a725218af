import { createHash } from 'node:crypto';
import { parsePlainInputs, type SignedReceipt, sliceMembers, verifyReceipt } from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, randomKey, testSalt } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const run = `/v1/run/${release.reference}`;
const infer = `/v2/models/${release.reference.split('@')[0]}/infer`;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const specs = { inputs: release.manifest.inputs, outputs: release.manifest.outputs };

async function ask(path: string, body: string, node = createTestNode([release])) {
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const response = await fetch(gateway.url + path, { method: 'POST', body });
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
}

const salted = (bytes: Uint8Array = new Uint8Array()) => sha256(Buffer.concat([Buffer.from(testSalt, 'hex'), bytes]));

test('what curl saved with ?proof=1 holds body, outputs, salt and shapes, each as it crossed', async () => {
  const body = ' {"X": [[1.50, -0.0]]}\n';
  const { bytes } = await ask(`${run}?proof=1`, body);
  const members = sliceMembers(bytes);
  const answer = JSON.parse(textOf(bytes)) as { receipt: SignedReceipt; salt: string; proof: object };
  expect(salted(members?.get('outputs'))).toBe(answer.receipt.response);
  expect(answer).toMatchObject({ salt: 'ee'.repeat(32), proof: { tensors: specs } });
  expect(textOf(sliceMembers(members?.get('proof') ?? bytes)?.get('request'))).toBe(body.trim());
});

test('PowerShell: a body behind a byte order mark stands in the proof without it', async () => {
  const { bytes } = await ask(`${run}?proof=1`, '\ufeff{"X": [[1, 2]]}');
  expect(JSON.parse(textOf(bytes))).toMatchObject({ proof: { request: { X: [[1, 2]] } } });
});

test('without it the salt is there too, and no copy of the body', async () => {
  const { bytes } = await ask(run, '{"X": [[1, 2]]}');
  const answer = JSON.parse(textOf(bytes)) as Record<string, unknown>;
  expect(answer['salt']).toBe('ee'.repeat(32));
  expect(answer['proof']).toBeUndefined();
});

test('the Open Inference Protocol has no place for a receipt: with ?proof=1 it stands beside the outputs', async () => {
  const body = '{"id":"7","inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]}]}';
  const { bytes } = await ask(`${infer}?proof=1`, body);
  const members = sliceMembers(bytes);
  const { proof } = JSON.parse(textOf(bytes)) as { proof: { receipt: SignedReceipt } };
  expect(proof).toMatchObject({ salt: 'ee'.repeat(32), tensors: specs, request: JSON.parse(body) });
  expect(verifyReceipt(proof.receipt, {}).ok).toBe(true);
  expect(salted(members?.get('outputs'))).toBe(proof.receipt.response);
});

test('the SDK asks for it under its signature, and a typed array comes back as the JSON that was sent', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const client = createClient(gateway.url, { key: randomKey() });
  const { proof, salt } = await runModel(
    client,
    release.reference,
    { X: [new Float32Array([0.5, -0])] },
    { proof: true },
  );
  expect(proof?.request).toEqual({ X: [[0.5, -0]] });
  expect(salt).toBe('ee'.repeat(32));
  expect(parsePlainInputs(node.calls[0]!.body, specs.inputs).ok).toBe(true);
});

test('attack: a node that takes what is no JSON writes nothing into the document of its caller', async () => {
  const node = createTestNode([release], {
    answer: async (own, head) => {
      const body = new TextEncoder().encode('{"Y":[[2,4]]}');
      return { head: own.sign(release, head, body), body };
    },
  });
  for (const body of ['{"X":1},"salt":"00","a":{}', '[1]', '{"X":"\\"}', '']) {
    const { status, bytes } = await ask(`${run}?proof=1`, body, node);
    expect(status).toBe(200);
    const answer = JSON.parse(textOf(bytes)) as { salt: string; proof: object };
    expect(answer).toMatchObject({ salt: 'ee'.repeat(32) });
    expect(Object.keys(answer.proof)).toEqual(['tensors']);
  }
});

test.each([`${run}?proof=yes`, `${run}?proof=1&proof=1`, `${infer}?proof=`])(
  '%s is refused with what it takes',
  async (path) => {
    const { status, bytes } = await ask(path, '{}');
    expect([status, textOf(bytes)]).toEqual([400, expect.stringContaining('?proof=1')]);
  },
);
