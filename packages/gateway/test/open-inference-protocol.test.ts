import { receiptId, type SignedReceipt, verifyReceipt } from '@callable/protocol';
import { createReleaseView, createTestNode, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const model = release.reference.split('@')[0]!;
const body = JSON.stringify({
  id: 'mine',
  inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 2], data: [1, 2] }],
});
const read = async (response: Response) => [response.status, await response.json()] as const;

async function start(node = createTestNode([release])) {
  return startTestGateway({ releases: [release], nodes: [node] });
}

test('a server of the Open Inference Protocol says what it is and how it is', async () => {
  await using gateway = await start();
  expect(await read(await fetch(`${gateway.url}/v2`))).toEqual([
    200,
    { name: 'callable', version: '0.1.0', extensions: [] },
  ]);
  expect(await read(await fetch(`${gateway.url}/v2/health/live`))).toEqual([200, { live: true }]);
  expect(await read(await fetch(`${gateway.url}/v2/health/ready`))).toEqual([200, { ready: true }]);
});

test('metadata is that of the manifest', async () => {
  await using gateway = await start();
  expect(await read(await fetch(`${gateway.url}/v2/models/${model}`))).toEqual([
    200,
    {
      name: model,
      versions: ['1.0.0'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 2] }],
    },
  ]);
});

test('a model is ready when a call would find a node, else the refusal says why', async () => {
  await using gateway = await start();
  const ready = await fetch(`${gateway.url}/v2/models/${model}/versions/1.0.0/ready`);
  expect(await read(ready)).toEqual([200, { name: model, ready: true }]);
  gateway.ctx.links.closeAll();
  const [status, problem] = await read(await fetch(`${gateway.url}/v2/models/${model}/ready`));
  expect([status, problem.code]).toEqual([503, 'NoNodeHoldsModel']);
});

test.each([
  ['its name', model],
  ['its name and version', `${model}/versions/1.0.0`],
  ['an escaped slash', model.replace('/', '%2F')],
  ['a version after @', `${model}@1.0.0`],
  ['its digest', release.digest],
])('infer by %s', async (_name, path) => {
  const node = createTestNode([release]);
  await using gateway = await start(node);
  const response = await fetch(`${gateway.url}/v2/models/${path}/infer`, { method: 'POST', body });
  const [status, answer] = await read(response);
  expect(status).toBe(200);
  expect(answer).toMatchObject({
    model_name: path.includes('sha256') ? release.digest : expect.stringContaining(model),
    model_version: '1.0.0',
    id: 'mine',
    parameters: { release: release.reference, digest: release.digest, node: node.node },
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1, 2], data: [2, 4] }],
  });
  const receipt: SignedReceipt = JSON.parse(
    Buffer.from(response.headers.get('callable-receipt') ?? '', 'base64url').toString(),
  );
  expect(verifyReceipt(receipt, { node: node.node }).ok).toBe(true);
  expect(answer.parameters.receipt_id).toBe(receiptId(receipt));
});

test('errors have the member Triton and KServe clients show, and everything else too', async () => {
  await using gateway = await start(
    createTestNode([release], { answer: async () => refuse('InvalidInput', 'Shape [3] does not fit X.', false) }),
  );
  const [status, problem] = await read(
    await fetch(`${gateway.url}/v2/models/${model}/infer`, { method: 'POST', body }),
  );
  expect(status).toBe(422);
  expect(problem.error).toContain('Shape [3] does not fit X.');
  expect(problem).toMatchObject({
    code: 'InvalidInput',
    example: { inputs: [{ name: 'X', shape: [1, 2], datatype: 'FP32', data: [[1, 2]] }] },
  });
});

test.each([
  'acme',
  'acme/iris/train',
  'acme/iris/versions',
  'acme/iris/versions/1.0.0/infer/x',
  '%zz/x/infer',
  '../x/infer',
])('what is no model address (%s) is no route', async (path) => {
  await using gateway = await start();
  const [status, problem] = await read(await fetch(`${gateway.url}/v2/models/${path}`, { method: 'POST', body }));
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(problem.code).toBeTypeOf('string');
});

test('binary tensors are refused in words until they are supported', async () => {
  await using gateway = await start();
  const headers = { 'inference-header-content-length': '10' };
  const response = await fetch(`${gateway.url}/v2/models/${model}/infer`, { method: 'POST', body, headers });
  expect((await read(response))[0]).toBe(415);
});

test('a header that names the length of the JSON, and no binary behind it, asks for nothing more', async () => {
  await using gateway = await start();
  const headers = { 'inference-header-content-length': String(Buffer.byteLength(body)) };
  const response = await fetch(`${gateway.url}/v2/models/${model}/infer`, { method: 'POST', body, headers });
  expect((await read(response))[0]).toBe(200);
});
