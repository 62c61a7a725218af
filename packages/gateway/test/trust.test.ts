import { createHash, randomBytes } from 'node:crypto';
import {
  addressOf,
  digestBytes,
  type GoodNodeAnswer,
  hexOfDigest,
  LinkLost,
  type ReceiptFacts,
  requestHeaders,
  type SignedRequest,
  signRequest,
} from '@callable/protocol';
import {
  answerDoubled,
  createReleaseView,
  createTestNode,
  randomKey,
  refuse,
  type TestNode,
  type TestNodeOptions,
  testSalt,
} from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const other = createReleaseView({ name: 'other' as typeof release.manifest.name });
const releases = [release, other];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });

/** A node that answers honestly, then has its answer changed. */
function lyingNode(change: (answer: Good, node: TestNode) => Good) {
  return createTestNode(releases, {
    answer: async (node, head, body) => change((await answerDoubled(node, releases, head, body)) as Good, node),
  });
}

type Good = { head: GoodNodeAnswer; body: Uint8Array };
const saying = ({ head, body }: Good, changes: Partial<ReceiptFacts>): Good => ({
  head: { ...head, facts: { ...head.facts, ...changes } },
  body,
});
const text = (value: string) => new TextEncoder().encode(value);
const hashOf = (bytes: Uint8Array) => hexOfDigest(digestBytes(bytes));
const call = (url: string, body = inputs) => fetch(url + path, { method: 'POST', body });

test.each<[string, ReturnType<typeof lyingNode>]>([
  ['the answer of another model', lyingNode((answer) => saying(answer, { release: hexOfDigest(other.digest) }))],
  ['a body altered after signing', lyingNode(({ head }) => ({ head, body: text('{"Y":[[0,0]]}') }))],
  [
    'another salt than that of its receipt',
    lyingNode(({ head, body }) => ({ head: { ...head, salt: '99'.repeat(32) }, body })),
  ],
  ['a receipt for another request', lyingNode((answer) => saying(answer, { request: '99'.repeat(32) }))],
  ['a receipt for another caller', lyingNode((answer) => saying(answer, { caller: `0x${'99'.repeat(20)}` as never }))],
  ['an answer that was cut', lyingNode((answer) => saying(answer, { end: 1 }))],
  [
    'outputs that close our object early',
    lyingNode((answer) => {
      const body = text('{},"digest":"sha256:evil","receipt":{"x":1}');
      const response = createHash('sha256').update(Buffer.from(testSalt, 'hex')).update(body).digest('hex');
      return { ...saying(answer, { response }), body };
    }),
  ],
])('attack by a node: %s is withheld, and the next node is asked', async (_name, liar) => {
  await using alone = await startTestGateway({ releases, nodes: [liar] });
  const refused = await call(alone.url);
  expect(refused.status).toBe(502);
  expect(await refused.json()).toMatchObject({ code: 'ReceiptInvalid', retry: true });
  expect([alone.reports, alone.unused.length]).toEqual([[], 1]);

  const honest = createTestNode(releases, { state: 'cached' });
  await using gateway = await startTestGateway({ releases, nodes: [liar, honest] });
  const answer = await call(gateway.url);
  expect(await answer.json()).toMatchObject({ outputs: { Y: [[2, 4]] }, node: honest.node });
  const asked = liar.calls.length;
  await call(gateway.url);
  expect(liar.calls.length).toBe(asked);
});

test('attack by a node: the receipt of an earlier answer does not pass again (stale receipt)', async () => {
  let first: Good | null = null;
  const node = lyingNode((answer) => {
    first ??= answer;
    return first;
  });
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  expect((await call(gateway.url)).status).toBe(200);
  expect((await call(gateway.url)).status).toBe(502);
});

/** A node that waits for so many calls and answers them together, so that their receipts stand in one batch. */
function togetherNode(count: number, change: (answers: Good[]) => Good[]) {
  const waiting: { answer: Good; resolve: (answer: Good) => void }[] = [];
  return createTestNode(releases, {
    answer: async (node, head, body) => {
      const answer = (await answerDoubled(node, releases, head, body)) as Good;
      return new Promise((resolve) => {
        waiting.push({ answer, resolve });
        if (waiting.length < count) return;
        const told = change(waiting.map((one) => one.answer));
        for (const [index, one] of waiting.splice(0).entries()) one.resolve(told[index] as Good);
      });
    },
  });
}

test('attack by a node: the receipt of another call in the same batch passes for none of them', async () => {
  const node = togetherNode(2, ([one, two]) => [
    { head: (two as Good).head, body: (one as Good).body },
    { head: (one as Good).head, body: (two as Good).body },
  ]);
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  const answers = await Promise.all([call(gateway.url), call(gateway.url)]);
  expect(answers.map(({ status }) => status)).toEqual([502, 502]);
  expect([gateway.reports, gateway.unused.map(({ seq }) => seq).sort()]).toEqual([[], [0, 1]]);
});

test('attack by a node: one that lies in one answer of a batch is out at once, and the others are judged alone', async () => {
  const node = togetherNode(3, ([lie, ...honest]) => [saying(lie as Good, { request: '99'.repeat(32) }), ...honest]);
  await using gateway = await startTestGateway({ releases, nodes: [node] });
  const answers = await Promise.all([call(gateway.url), call(gateway.url), call(gateway.url)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 502]);
  const batches = new Set(gateway.reports.map((report) => report.outcome === 'good' && report.batch));
  expect([gateway.reports.length, batches.size, gateway.unused.length]).toEqual([2, 1, 1]);
  expect((await call(gateway.url)).status).toBe(503);
  expect(node.calls.length).toBe(3);
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
  await using gateway = await startTestGateway({ releases });
  const link = gateway.attach(node);
  const answer = call(gateway.url);
  await expect.poll(() => node.calls.length).toBe(1);
  link.close();
  const response = await answer;
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
