import { randomBytes } from 'node:crypto';
import {
  addressOf,
  digestBytes,
  hexOfDigest,
  LinkLost,
  type Receipt1,
  requestHeaders,
  type SignedReceipt1,
  type SignedRequest,
  signReceipt,
  signRequest,
} from '@callable/protocol';
import {
  answerDoubled,
  createReleaseView,
  createTestNode,
  type GoodHead,
  randomKey,
  refuse,
  type TestNode,
  type TestNodeOptions,
} from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createDirectLink } from '../src/links/create-direct-link.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const other = createReleaseView({ name: 'other' as typeof release.manifest.name });
const releases = [release, other];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });

/** A node that answers honestly, then has its answer changed. */
function lyingNode(
  change: (answer: { head: GoodHead; body: Uint8Array }, node: TestNode) => { head: GoodHead; body: Uint8Array },
) {
  return createTestNode(releases, {
    answer: async (node, head, body) => {
      const answer = await answerDoubled(node, releases, head, body);
      return change(answer as { head: GoodHead; body: Uint8Array }, node);
    },
  });
}

const resign = (head: GoodHead, changes: Partial<Receipt1>, node: TestNode, key = node.key): GoodHead => {
  const { signature: _old, ...receipt } = head.receipt as SignedReceipt1;
  return { ...head, receipt: signReceipt({ ...receipt, ...changes }, key) };
};
const text = (value: string) => new TextEncoder().encode(value);
const hashOf = (bytes: Uint8Array) => hexOfDigest(digestBytes(bytes));

test.each<[string, ReturnType<typeof lyingNode>]>([
  [
    'the answer of another model',
    lyingNode(({ head, body }, node) => ({ head: resign(head, { release: hexOfDigest(other.digest) }, node), body })),
  ],
  [
    'the weights of another model',
    lyingNode(({ head, body }, node) => ({ head: resign(head, { model: '99'.repeat(32) }, node), body })),
  ],
  [
    'a receipt signed by a foreign key',
    lyingNode(({ head, body }, node) => ({ head: resign(head, {}, node, randomKey()), body })),
  ],
  [
    'the name of another node',
    lyingNode(({ head, body }, node) => ({
      head: resign(head, { node: `0x${'99'.repeat(20)}` as never }, node),
      body,
    })),
  ],
  ['a body altered after signing', lyingNode(({ head }) => ({ head, body: text('{"Y":[[0,0]]}') }))],
  [
    'a receipt for another request',
    lyingNode(({ head, body }, node) => ({ head: resign(head, { request: '99'.repeat(32) }, node), body })),
  ],
  [
    'a receipt with another nonce',
    lyingNode(({ head, body }, node) => ({ head: resign(head, { nonce: '99'.repeat(32) }, node), body })),
  ],
  [
    'a receipt for another caller',
    lyingNode(({ head, body }, node) => ({
      head: resign(head, { caller: `0x${'99'.repeat(20)}` as never }, node),
      body,
    })),
  ],
  [
    'an answer before its question',
    lyingNode(({ head, body }, node) => ({ head: resign(head, { finishedAt: 0, startedAt: 9 }, node), body })),
  ],
  [
    'outputs that close our object early',
    lyingNode(({ head }, node) => {
      const body = text('{},"digest":"sha256:evil","receipt":{"x":1}');
      return { head: resign(head, { response: hashOf(body) }, node), body };
    }),
  ],
])('attack by a node: %s is withheld, and the next node is asked', async (_name, liar) => {
  await using alone = await startTestGateway({ releases, nodes: [liar] });
  const refused = await fetch(alone.url + path, { method: 'POST', body: inputs });
  expect(refused.status).toBe(502);
  expect(await refused.json()).toMatchObject({ code: 'ReceiptInvalid', retry: true });
  expect(alone.reports).toEqual([]);

  const honest = createTestNode(releases, { state: 'cached' });
  await using gateway = await startTestGateway({ releases, nodes: [liar, honest] });
  const answer = await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(await answer.json()).toMatchObject({ outputs: { Y: [[2, 4]] }, node: honest.node });
  const asked = liar.calls.length;
  await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(liar.calls.length).toBe(asked);
});

test('attack by a node: the receipt of an earlier answer does not pass again (stale receipt)', async () => {
  let first: { head: GoodHead; body: Uint8Array } | null = null;
  const node = lyingNode((answer) => {
    first ??= answer;
    return first;
  });
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  expect((await fetch(gateway.url + path, { method: 'POST', body: inputs })).status).toBe(200);
  expect((await fetch(gateway.url + path, { method: 'POST', body: inputs })).status).toBe(502);
});

test('attack by a node: one number for two receipts does not pass (fork)', async () => {
  const node = lyingNode(({ head, body }, self) => ({ head: resign(head, { seq: 5 }, self), body }));
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  expect((await fetch(gateway.url + path, { method: 'POST', body: inputs })).status).toBe(200);
  expect((await fetch(gateway.url + path, { method: 'POST', body: inputs })).status).toBe(502);
});

// Signed requests

const gatewayKey = randomKey();

function signed(key = randomKey(), changes: Partial<Omit<SignedRequest, 'version'>> = {}) {
  return signRequest(
    {
      method: 'POST',
      path,
      body: hashOf(text(inputs)),
      nonce: randomBytes(32).toString('hex'),
      issuedAt: Date.now(),
      version: 2,
      audience: addressOf(gatewayKey),
      ...changes,
    },
    key,
  );
}

test('attack by a listener: a signed call is answered once', async () => {
  await using gateway = await startTestGateway({
    releases,
    nodes: [createTestNode(releases)],
    config: { key: gatewayKey },
  });
  const headers = signed();
  expect((await fetch(gateway.url + path, { method: 'POST', body: inputs, headers })).status).toBe(200);
  const again = await fetch(gateway.url + path, { method: 'POST', body: inputs, headers });
  expect(again.status).toBe(401);
  expect(await again.json()).toMatchObject({ code: 'RequestReplayed' });
});

test.each<[string, () => Record<string, string>, string, string?]>([
  ['another body', () => signed(), 'SignatureInvalid', '{"X":[[9,9]]}'],
  ['another address', () => signed(undefined, { path: '/v1/run/acme/cheap' }), 'SignatureInvalid'],
  [
    'a signer of somebody else',
    () => ({ ...signed(), [requestHeaders.signer]: `0x${'99'.repeat(20)}` }),
    'SignatureInvalid',
  ],
  ['an old date', () => signed(undefined, { issuedAt: Date.now() - 60_000 }), 'RequestExpired'],
  ['a signer but no signature', () => ({ [requestHeaders.signer]: `0x${'99'.repeat(20)}` }), 'SignatureMissing'],
  ['a signature but no signer', () => ({ [requestHeaders.signature]: '0x00' }), 'SignatureMissing'],
])(
  'attack by a caller: a signature over %s is refused, never taken for a keyless call',
  async (_name, headers, code, body = inputs) => {
    const node = createTestNode(releases);
    await using gateway = await startTestGateway({ releases, nodes: [node], config: { key: gatewayKey } });
    const response = await fetch(gateway.url + path, { method: 'POST', body, headers: headers() });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, code]);
    expect(node.calls).toEqual([]);
  },
);

// Retries

const failing = (answer: NonNullable<TestNodeOptions['answer']>) => createTestNode(releases, { answer });

test.each([
  ['has not begun', refuse('NodeBusy', 'full', false), 200],
  ['has begun', refuse('CallFailed', 'no', true), 200],
  ['has lost its model to the input', refuse('CallCrashed', 'SIGSEGV', true), 200],
  ['finds the input wrong', refuse('InvalidInput', 'no', false), 422],
])('a node that %s: the next one is asked only if that can help and cannot harm', async (_name, answer, status) => {
  const first = failing(async () => answer);
  const second = createTestNode(releases, { state: 'cached' });
  await using gateway = await startTestGateway({ releases, nodes: [first, second] });
  const response = await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(response.status).toBe(status);
  expect(second.calls.length).toBe(status === 200 ? 1 : 0);
});

test('at most two nodes are asked', async () => {
  const nodes = [1, 2, 3].map(() => failing(async () => refuse('NodeBusy', 'full', false)));
  await using gateway = await startTestGateway({ releases, nodes });
  const response = await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(((await response.json()) as { code: string }).code).toBe('NodeBusy');
  expect(nodes.map(({ calls }) => calls.length).sort()).toEqual([0, 1, 1]);
});

test.each([true, false])(
  'a link that dies (begun: %s): the call is asked once more, of another node',
  async (started) => {
    const dying = failing(async () => {
      throw new LinkLost('gone', started);
    });
    const second = createTestNode(releases, { state: 'cached' });
    await using gateway = await startTestGateway({ releases, nodes: [dying, second] });
    const response = await fetch(gateway.url + path, { method: 'POST', body: inputs });
    expect(response.status).toBe(200);
    expect(second.calls.length).toBe(1);
  },
);

test('a node that dies in the middle of a call: the caller learns it at once, and the next call goes elsewhere', async () => {
  const node = failing(() => new Promise(() => {}));
  const link = createDirectLink(node);
  await using gateway = await startTestGateway({ releases });
  gateway.ctx.links.attach(link);
  const call = fetch(gateway.url + path, { method: 'POST', body: inputs });
  await expect.poll(() => node.calls.length).toBe(1);
  link.close();
  const response = await call;
  expect(await response.json()).toMatchObject({ code: 'NodeUnavailable', retry: true });
  expect(gateway.ctx.links.size).toBe(0);
});

test('a node that fails five times in a row is left alone while another answers, and tried again later', async () => {
  let now = 1_000_000;
  const node = failing(async () => refuse('Internal', 'broken', true));
  const other = createTestNode(releases, { state: 'cached' });
  const overrides = { clock: () => now };
  await using gateway = await startTestGateway({ releases, nodes: [node, other], overrides });
  for (let call = 0; call < 7; call++) await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(node.calls.length).toBe(5);
  now += 10_001;
  await fetch(gateway.url + path, { method: 'POST', body: inputs });
  await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(node.calls.length).toBe(6);
});

test('the only node is asked however often it fails: nobody else would answer', async () => {
  const node = failing(async () => refuse('Internal', 'broken', true));
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  for (let call = 0; call < 7; call++) await fetch(gateway.url + path, { method: 'POST', body: inputs });
  expect(node.calls.length).toBe(7);
});
