import { CallableError, type CallSignal, type NodeAnnouncement } from '@callable/protocol';
import { createReleaseView, createTestNode, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const inputs = JSON.stringify({ X: [[1, 2]] });

async function post(url: string, path: string, body = inputs, headers: Record<string, string> = {}) {
  const response = await fetch(url + path, { method: 'POST', body, headers });
  return { response, problem: (await response.json()) as Record<string, unknown> };
}

test('a release nobody published is a 404 with a code', async () => {
  await using gateway = await startTestGateway({});
  const { response, problem } = await post(gateway.url, '/v1/run/acme/none');
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(problem).toMatchObject({ code: 'ReleaseNotFound', charged: false, retry: false });
  expect(problem.requestId).toBeTypeOf('string');
});

test.each([
  ['Verified' as const, 'False' as const, 'VectorFailed', 409],
  ['Stored' as const, 'False' as const, 'BlobExpired', 409],
  ['Uploaded' as const, 'False' as const, 'UploadIncomplete', 409],
])('%s %s (%s) blocks a call even where a node holds the release warm', async (type, status, reason, http) => {
  const blocked = createReleaseView({}, { [type]: { status, reason } });
  const node = createTestNode([blocked]);
  await using gateway = await startTestGateway({ releases: [blocked], nodes: [node] });
  const { response, problem } = await post(gateway.url, `/v1/run/${blocked.reference}`);
  expect(response.status).toBe(http);
  expect(problem).toMatchObject({ code: reason, release: blocked.reference });
  expect(problem.conditions).toHaveLength(5);
  expect(node.calls).toEqual([]);
  expect(gateway.reports).toEqual([]);
});

test.each([
  ['Verified' as const, 'Unknown' as const, 'AwaitingValidators'],
  ['Reachable' as const, 'False' as const, 'ProbeFailed'],
  ['Reachable' as const, 'Unknown' as const, 'CheckStale'],
])('%s %s (%s) lets a call through to a node that holds it: the probe needs that', async (type, status, reason) => {
  const unproven = createReleaseView({}, { [type]: { status, reason } });
  await using gateway = await startTestGateway({ releases: [unproven], nodes: [createTestNode([unproven])] });
  expect((await post(gateway.url, `/v1/run/${unproven.reference}`)).response.status).toBe(200);
});

test.each([
  ['Verified' as const, 'AwaitingValidators', 503],
  ['Verified' as const, 'NoNodeFits', 503],
  ['Verified' as const, 'SomethingNewer', 503],
])('without a node, %s Unknown (%s) says why, who and when', async (type, reason, http) => {
  const unproven = createReleaseView({}, { [type]: { status: 'Unknown', reason } });
  await using gateway = await startTestGateway({ releases: [unproven] });
  const { response, problem } = await post(gateway.url, `/v1/run/${unproven.reference}`);
  expect(response.status).toBe(http);
  expect(problem.code).toBe(reason === 'SomethingNewer' ? 'NotCallable' : reason);
  expect(problem.detail).toBe(`${type} is Unknown.`);
  expect(response.headers.has('retry-after')).toBe(reason !== 'NoNodeFits');
});

test.each([
  ['True' as const, 'ProbeAnswered'],
  ['Unknown' as const, 'AwaitingProbe'],
  ['False' as const, 'ProbeTimeout'],
])(
  'without a node a verified release is NoNodeHoldsModel, whatever the last probe said (%s, %s)',
  async (status, reason) => {
    const verified = createReleaseView(
      {},
      { Reachable: { status, reason }, Stored: { status: 'Unknown', reason: 'CheckStale' } },
    );
    await using gateway = await startTestGateway({ releases: [verified] });
    const { response, problem } = await post(gateway.url, `/v1/run/${verified.reference}`);
    expect([response.status, problem.code]).toEqual([503, 'NoNodeHoldsModel']);
  },
);

test.each<[string, Partial<NodeAnnouncement>, string]>([
  ['quarantined', { holdings: [{ release: release.digest, state: 'quarantined', reason: 'crashed' }] }, 'Quarantined'],
  ['full', { slots: { used: 9999, limit: 1 } }, 'NodeBusy'],
  ['draining', { draining: true }, 'NoNodeHoldsModel'],
])('a %s node is not asked', async (_name, announcement, code) => {
  const node = createTestNode([release], { announcement });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { response, problem } = await post(gateway.url, `/v1/run/${release.reference}`);
  expect([response.status, problem.code]).toEqual([503, code]);
  expect(response.headers.has('retry-after')).toBe(true);
  expect(node.calls).toEqual([]);
});

test('a caller hears why a node has stopped running the release', async () => {
  const holdings = [{ release: release.digest, state: 'quarantined' as const, reason: '3 crashes within 10 minutes' }];
  const node = createTestNode([release], { announcement: { holdings } });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { problem } = await post(gateway.url, `/v1/run/${release.reference}`);
  expect(problem.detail).toContain('3 crashes within 10 minutes');
});

test('a wrong input names the right one and shows an example that works; nothing is reported against the release', async () => {
  const node = createTestNode([release], {
    answer: async (_node, _head, body) =>
      Buffer.from(body).includes('Y')
        ? refuse('InvalidInput', '`Y` is not an input. Did you mean `X`?', false, [
            { pointer: '/Y', input: 'Y', allowed: ['X'], evil: { nested: [] } },
          ])
        : refuse('InvalidJson', 'Unexpected end.', false),
  });
  const other = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { response, problem } = await post(gateway.url, `/v1/run/${release.reference}`, '{"Y":1}');
  expect(response.status).toBe(422);
  expect(problem).toMatchObject({
    code: 'InvalidInput',
    detail: '`Y` is not an input. Did you mean `X`?',
    who: 'caller',
    example: { X: [[1, 2]] },
    errors: [{ pointer: '/Y', input: 'Y', allowed: ['X'] }],
  });
  expect(JSON.stringify(problem.errors)).not.toContain('evil');
  expect(gateway.reports).toEqual([]);
  expect(other.calls).toEqual([]);
  expect((await post(gateway.url, `/v1/run/${release.reference}`, '{')).problem).toMatchObject({
    code: 'InvalidJson',
    status: 400,
    example: { X: [[1, 2]] },
  });
});

test('a model that fails is reported against the release', async () => {
  const node = createTestNode([release], { answer: async () => refuse('CallCrashed', 'SIGFPE', true) });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { response, problem } = await post(gateway.url, `/v1/run/${release.reference}`, inputs);
  expect([response.status, problem.code]).toEqual([502, 'CallCrashed']);
  expect(gateway.reports).toEqual([{ outcome: 'failed', release: release.digest }]);
  // What a prober hears, its hub knows already.
  const probed = await post(gateway.url, `/v1/run/${release.reference}`, inputs, { 'callable-probe': 'true' });
  expect([probed.response.status, gateway.reports.length]).toEqual([502, 1]);
});

test('attack by a node: a code that is not its to say is not passed on, nor its control characters', async () => {
  const codes = ['SignatureInvalid', 'VectorsPassed', 'ReleaseNotFound', 'NoSuchWord', '__proto__'];
  const node = createTestNode([release], { answer: async () => refuse(codes.shift() ?? '', 'log in at evil', true) });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  for (let index = 0; index < 4; index++) {
    const { response, problem } = await post(gateway.url, `/v1/run/${release.reference}`);
    expect([response.status, problem.code]).toEqual([503, 'NodeUnavailable']);
    expect(problem.detail).not.toContain('evil');
  }
  const noisy = createTestNode([release], { answer: async () => refuse('CallFailed', 'a\u001b[2Jb', true) });
  await using second = await startTestGateway({ releases: [release], nodes: [noisy] });
  expect((await post(second.url, `/v1/run/${release.reference}`)).problem.detail).toBe('a [2Jb');
});

test('GET on a call address says to use POST, with an example', async () => {
  await using gateway = await startTestGateway({ releases: [release] });
  const response = await fetch(`${gateway.url}/v1/run/${release.reference}`);
  expect(response.status).toBe(400);
  expect(response.headers.get('allow')).toBe('POST');
  expect(await response.json()).toMatchObject({ code: 'RequestInvalid', example: { X: [[1, 2]] } });
});

test.each([
  ['a name outside its grammar', '/v1/run/acme/Bad Name', 422, 'NameInvalid'],
  ['an unknown address', '/v3/none', 404, 'RouteNotFound'],
  ['an escape that is none', '/v1/run/%zz/x', 400, 'RequestInvalid'],
])('%s is a problem document too', async (_name, path, status, code) => {
  await using gateway = await startTestGateway({
    overrides: {
      releases: (await import('../src/releases/release-directory.ts')).createReleaseDirectory({
        lookUp: () => Promise.reject(new Error('must not be asked')),
        clock: Date.now,
      }),
    },
  });
  const { response, problem } = await post(gateway.url, path);
  expect([response.status, problem.code]).toEqual([status, code]);
});

test('an accident is a 500 that tells nothing of the inside', async () => {
  await using gateway = await startTestGateway({
    overrides: { releases: { resolve: () => Promise.reject(new Error('secret /home/operator')) } },
  });
  const { response, problem } = await post(gateway.url, '/v1/run/acme/iris');
  expect([response.status, problem.code]).toEqual([500, 'Internal']);
  expect(JSON.stringify(problem)).not.toContain('secret');
});

test('what the hub refuses with reaches the caller as the hub said it', async () => {
  const refusal = new CallableError('HubUnreachable', 'http://hub does not answer (ECONNREFUSED).');
  await using gateway = await startTestGateway({
    overrides: { releases: { resolve: () => Promise.reject(refusal) } },
  });
  expect((await post(gateway.url, '/v1/run/acme/iris')).problem).toMatchObject({ code: 'HubUnreachable', status: 503 });
});

test('a model that is still being loaded at the deadline is CachedNotLoaded, and no failure of the release', async () => {
  const hang = (_: unknown, __: unknown, ___: unknown, signal: CallSignal) =>
    new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  for (const [state, code, status] of [
    ['cached', 'CachedNotLoaded', 503],
    ['warm', 'CallTimedOut', 504],
  ] as const) {
    const node = createTestNode([release], { state, answer: hang });
    await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
    const { response, problem } = await post(gateway.url, `/v1/run/${release.reference}`, inputs, {
      'callable-timeout-ms': '50',
    });
    expect([response.status, problem.code]).toEqual([status, code]);
    expect(problem.retry).toBe(true);
    expect(gateway.reports).toEqual([]);
  }
});

test('a release with a price is not answered for nothing by a gateway that cannot charge', async () => {
  const priced = createReleaseView({ price: { amount: '1', per: 'call' } });
  const node = createTestNode([priced]);
  await using gateway = await startTestGateway({ releases: [priced], nodes: [node] });
  const { response, problem } = await post(gateway.url, `/v1/run/${priced.reference}`);
  expect(response.status).toBe(409);
  expect(problem).toMatchObject({ code: 'UnsupportedFormat', charged: false, release: priced.reference });
  expect(node.calls).toEqual([]);
});
