import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeAnswer, ReleaseView } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { answerDoubled, createReleaseView, createTestNode, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

// One vector: [[1, 2]] doubled.
const release = createReleaseView();
const wrong = JSON.stringify({ X: [[13, 13]] });
const right = JSON.stringify({ X: [[3, 4]] });
const isWrong = (body: Uint8Array) => Buffer.from(body).toString() === wrong;
const isVector = (body: Uint8Array) => Buffer.from(body).toString() === '{"X":[[1,2]]}';
const failed = () => refuse('CallFailed', 'Index out of range.', true);

/** A node whose model fails as `of` says, and answers everything else. */
function nodeFailing(
  of: (body: Uint8Array) => NodeAnswer | null,
  releases: readonly ReleaseView[] = [release],
  state: 'warm' | 'cached' = 'warm',
) {
  return createTestNode(releases, {
    state,
    answer: async (node, head, body) => of(body) ?? answerDoubled(node, releases, head, body),
  });
}

type Told = { status: number; problem: Record<string, unknown> };
async function call(url: string, body = wrong, headers: Record<string, string> = {}, of = release): Promise<Told> {
  const response = await fetch(`${url}/v1/run/${of.reference}`, { method: 'POST', body, headers });
  return { status: response.status, problem: (await response.json()) as Record<string, unknown> };
}

test('an input on which the model fails is the caller’s to mend when the publisher’s own vector runs', async () => {
  const node = nodeFailing((body) => (isWrong(body) ? failed() : null));
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { status, problem } = await call(gateway.url);
  expect(status).toBe(422);
  expect(problem).toMatchObject({
    code: 'InputFailed',
    who: 'caller',
    retry: false,
    detail: "Index out of range. On its publisher's own input it answers.",
    example: { X: [[1, 2]] },
  });
  expect(node.calls.map(({ body }) => isVector(body))).toEqual([false, true]);
  expect(gateway.reports).toEqual([]);
});

test('the same through the Open Inference Protocol', async () => {
  const node = createTestNode([release], {
    answer: async (one, head, body) => (head.encoding === 'oip' ? failed() : answerDoubled(one, [release], head, body)),
  });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { publisher, name } = release.manifest;
  const inputs = [{ name: 'X', datatype: 'FP32', shape: [1, 2], data: [13, 13] }];
  const response = await fetch(`${gateway.url}/v2/models/${publisher}/${name}/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  expect(response.status).toBe(422);
  expect(await response.text()).toContain('InputFailed');
  expect(gateway.reports).toEqual([]);
});

test('a model that fails on its own vector too is to blame, told as the publisher’s, and counted', async () => {
  const node = nodeFailing(failed);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { status, problem } = await call(gateway.url);
  expect([status, problem.code, problem.who]).toEqual([502, 'CallFailed', 'publisher']);
  expect(gateway.reports).toMatchObject([{ outcome: 'failed', release: release.digest }]);
  // Twice, or the process that somebody else's input killed would speak against the release.
  expect(node.calls.map(({ body }) => isVector(body))).toEqual([false, true, true]);
});

test('a vector that fails once and runs then blames nobody but the input', async () => {
  let vectors = 0;
  const node = nodeFailing((body) => {
    if (isVector(body) && vectors++ === 0) return refuse('CallCrashed', 'SIGSEGV', true);
    return isWrong(body) ? refuse('CallCrashed', 'SIGSEGV', true) : null;
  });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  expect((await call(gateway.url)).problem).toMatchObject({ code: 'InputFailed' });
  expect([vectors, gateway.reports]).toEqual([2, []]);
});

test('attack by callers: sixty wrong inputs without a key, from fifty networks, leave Worked as it was, at the price of one vector run a minute', async () => {
  let now = 1_800_000_000_000;
  const node = nodeFailing((body) => (isWrong(body) ? failed() : null));
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [node],
    config: { trustedProxies: 1 },
    overrides: { clock: () => now },
  });
  const calls = Array.from({ length: 60 }, (_, index) =>
    call(gateway.url, wrong, { 'x-forwarded-for': `203.0.${index % 50}.7` }),
  );
  for (const { status, problem } of await Promise.all(calls))
    expect([status, problem.code, problem.who]).toEqual([422, 'InputFailed', 'caller']);
  expect(gateway.reports).toEqual([]);
  const vectorRuns = () => node.calls.filter(({ body }) => isVector(body)).length;
  expect([node.calls.length, vectorRuns()]).toEqual([61, 1]);
  now += 60_000;
  await call(gateway.url);
  expect(vectorRuns()).toBe(2);
  expect((await call(gateway.url, right)).status).toBe(200);
  expect(gateway.reports).toMatchObject([{ outcome: 'good' }]);
});

test('attack by a node: that the model failed is only its word, and another node answers', async () => {
  const liar = createTestNode([release], { answer: async () => failed() });
  const honest = createTestNode([release], { state: 'cached' });
  await using gateway = await startTestGateway({ releases: [release], nodes: [liar, honest] });
  const response = await fetch(`${gateway.url}/v1/run/${release.reference}`, { method: 'POST', body: right });
  expect(await response.json()).toMatchObject({ outputs: { Y: [[6, 8]] }, node: honest.node });
  expect([liar.calls.length, honest.calls.length]).toEqual([1, 1]);
  expect(gateway.reports).toMatchObject([{ outcome: 'good' }]);
});

test('attack by a node: it says so of every call for a minute, and nothing reaches the log', async () => {
  for (const code of ['CallFailed', 'CallCrashed', 'OutOfMemory', 'LoadFailed', 'RunnerDied', 'Quarantined']) {
    const liar = createTestNode([release], { answer: async () => refuse(code, 'dead', code.startsWith('Call')) });
    const honest = createTestNode([release], { state: 'cached' });
    await using gateway = await startTestGateway({ releases: [release], nodes: [liar, honest] });
    for (let index = 0; index < 12; index++) await call(gateway.url, right);
    expect(gateway.reports.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  }
});

test('attack by a caller: an input that kills processes is shown to a second node once in a minute', async () => {
  const deadly = (body: Uint8Array) => (isWrong(body) ? refuse('CallCrashed', 'SIGSEGV', true) : null);
  const first = nodeFailing(deadly);
  // Cold, so that the first is always asked before.
  const second = nodeFailing(deadly, [release], 'cached');
  await using gateway = await startTestGateway({ releases: [release], nodes: [first, second] });
  for (let index = 0; index < 5; index++)
    expect((await call(gateway.url)).problem).toMatchObject({ code: 'InputFailed' });
  expect(first.calls).toHaveLength(5);
  expect(second.calls.map(({ body }) => isVector(body))).toEqual([false, true]);
  expect(gateway.reports).toEqual([]);
});

test('an input that two nodes fail on is still the caller’s while the vector runs', async () => {
  const nodes = [0, 1].map(() => nodeFailing((body) => (isWrong(body) ? failed() : null)));
  await using gateway = await startTestGateway({ releases: [release], nodes });
  for (let index = 0; index < 6; index++)
    expect((await call(gateway.url)).problem).toMatchObject({ code: 'InputFailed' });
  expect(gateway.reports).toEqual([]);
});

test.each([
  ['that it cannot be loaded', 'LoadFailed'],
  ['that there is no memory for it', 'OutOfMemory'],
])('what a node says before it begins (%s) counts when its vector finds the same', async (_what, code) => {
  const node = nodeFailing(() => refuse(code, 'no', false));
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  expect((await call(gateway.url, right)).problem).toMatchObject({ code, who: 'publisher' });
  expect(gateway.reports).toMatchObject([{ outcome: 'failed' }]);
});

test('what a node says before it begins is the node’s trouble when the vector runs', async () => {
  const node = nodeFailing((body) => (isVector(body) ? null : refuse('LoadFailed', 'no', false)));
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { status, problem } = await call(gateway.url, right);
  expect([status, problem.code, problem.retry]).toEqual([503, 'NodeUnavailable', true]);
  expect(gateway.reports).toEqual([]);
});

test('attack by callers: a release that three of their inputs took out of service on its node is not blamed for it', async () => {
  // The third: the vector comes behind it, in the process that it killed, and then there is none any more.
  const answers = [refuse('CallCrashed', 'SIGSEGV', true), refuse('CallCrashed', 'SIGSEGV', true)];
  const node = nodeFailing(() => answers.shift() ?? refuse('Quarantined', '3 crashes within 10 minutes', false));
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  expect((await call(gateway.url)).problem).toMatchObject({ code: 'InputFailed' });
  expect((await call(gateway.url, right)).problem).toMatchObject({ code: 'Quarantined' });
  expect(gateway.reports).toEqual([]);
});

test('without a vector that can be read nobody is blamed', async () => {
  const without = createReleaseView({ vectors: [] });
  const node = nodeFailing(failed, [without]);
  await using gateway = await startTestGateway({ releases: [without], nodes: [node] });
  expect((await call(gateway.url, wrong, {}, without)).problem).toMatchObject({ code: 'InputFailed' });
  expect([node.calls.length, gateway.reports]).toEqual([1, []]);
});

test('a vector in a file is fetched from the hub, and believed only by its hash', async () => {
  const bytes = Buffer.from(JSON.stringify({ inputs: { X: [[1, 2]] }, outputs: { Y: [[2, 4]] } }));
  let served = bytes;
  const server = createServer((_request, response) => void response.end(served)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hub = createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const sha256 = hash('sha256', bytes, 'hex');
    const base = createReleaseView();
    const file = { path: 'vector.json', sha256, size: bytes.length, chunks: [sha256] };
    const withFile = createReleaseView({
      files: [...base.manifest.files, file],
      vectors: [{ name: 'one', file: 'vector.json', rtol: 0, atol: 0 }],
    });
    const node = nodeFailing(failed, [withFile]);
    {
      await using gateway = await startTestGateway({ releases: [withFile], nodes: [node], overrides: { hub } });
      expect((await call(gateway.url, wrong, {}, withFile)).problem).toMatchObject({ code: 'CallFailed' });
      expect(gateway.reports).toHaveLength(1);
    }
    served = Buffer.from(bytes.toString().replace('2', '3'));
    await using gateway = await startTestGateway({ releases: [withFile], nodes: [node], overrides: { hub } });
    expect((await call(gateway.url, wrong, {}, withFile)).problem).toMatchObject({ code: 'InputFailed' });
    expect(gateway.reports).toEqual([]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a caller waits for the vector no longer than it waits at all, and is told that the input fails', async () => {
  const node = createTestNode([release], {
    answer: (_node, _head, body, signal) =>
      isVector(body)
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
        : Promise.resolve(failed()),
  });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { status, problem } = await call(gateway.url, wrong, { 'callable-timeout-ms': '300' });
  expect([status, problem.code]).toEqual([422, 'InputFailed']);
  expect(gateway.reports).toEqual([]);
});
