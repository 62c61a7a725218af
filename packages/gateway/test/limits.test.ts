import { once } from 'node:events';
import { request } from 'node:http';
import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const call = (url: string, headers: Record<string, string> = {}, body = inputs) =>
  fetch(url + path, { method: 'POST', body, headers });

/** A node that answers nothing and notes when it is told to stop. */
function sleepingNode() {
  const stopped: unknown[] = [];
  const node = createTestNode([release], {
    answer: (_node, _head, _body, signal) =>
      new Promise(() => signal.addEventListener('abort', () => stopped.push(signal.reason))),
  });
  return { node, stopped };
}

test('a call ends at its deadline, and the node is told to stop', async () => {
  const { node, stopped } = sleepingNode();
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const response = await call(gateway.url, { 'callable-timeout-ms': '50' });
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ code: 'CallTimedOut', retry: true });
  expect(stopped).toHaveLength(1);
  expect(node.calls[0]!.head.deadlineMs).toBeLessThanOrEqual(50);
});

test('attack by a caller: deadlines of one millisecond neither eject a node nor smear a release', async () => {
  const { node } = sleepingNode();
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  for (let index = 0; index < 8; index++) await call(gateway.url, { 'callable-timeout-ms': '1' });
  expect(gateway.ctx.standings.isEjected(node.node)).toBe(false);
  expect(gateway.reports).toEqual([]);
});

test('attack by a caller: a timeout, of a huge input for example, does not count against the release, at the usual deadline neither', async () => {
  const { node } = sleepingNode();
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [node],
    config: { defaultTimeoutMs: 30 },
  });
  expect((await call(gateway.url)).status).toBe(504);
  expect(gateway.reports).toEqual([]);
});

test('nobody gets more time than the gateway allows', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [node],
    config: { maximumTimeoutMs: 5_000 },
  });
  await call(gateway.url, { 'callable-timeout-ms': '999999999' });
  expect(node.calls[0]!.head.deadlineMs).toBeLessThanOrEqual(5_000);
  for (const wrong of ['0', '-1', '1.5', 'soon'])
    expect((await call(gateway.url, { 'callable-timeout-ms': wrong })).status).toBe(400);
});

test('a caller who hangs up stops the node', async () => {
  const { node, stopped } = sleepingNode();
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const { port } = new URL(gateway.url);
  const leaving = request({ port, path, method: 'POST', host: '127.0.0.1' });
  leaving.on('error', () => {});
  leaving.end(inputs);
  await expect.poll(() => node.calls.length).toBe(1);
  leaving.destroy();
  await expect.poll(() => stopped.length).toBe(1);
  expect(gateway.reports).toEqual([]);
});

test('attack by a caller: a huge body is refused by its size', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node], config: { bodyBytes: 1000 } });
  const response = await call(gateway.url, {}, ' '.repeat(1001));
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'BodyTooLarge']);
  expect(node.calls).toEqual([]);
});

test('attack by a caller: a huge body without a length is cut off on the way', async () => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node], config: { bodyBytes: 1000 } });
  const sending = request({ port: new URL(gateway.url).port, path, method: 'POST', host: '127.0.0.1' });
  sending.on('error', () => {});
  const answered = once(sending, 'response');
  sending.write(' '.repeat(2000));
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  sending.destroy();
  expect(node.calls).toEqual([]);
});

test('a compressed body is refused in words', async () => {
  await using gateway = await startTestGateway({ releases: [release], nodes: [createTestNode([release])] });
  const response = await call(gateway.url, { 'content-encoding': 'gzip' });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([415, 'MediaTypeUnsupported']);
});

test('attack by a caller: what it says in front of the proxy makes it nobody else; junk is the proxy itself', async () => {
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [createTestNode([release])],
    config: { anonymousCallsPerMinute: 1, trustedProxies: 1 },
    overrides: { clock: () => 0 },
  });
  const statusFrom = async (forwarded: string) => (await call(gateway.url, { 'x-forwarded-for': forwarded })).status;
  expect(await statusFrom('203.0.114.7')).toBe(200);
  for (const said of [
    '198.51.100.1, 203.0.114.7',
    '203.0.114.7:1',
    '203.0.114.7:2',
    '::ffff:203.0.114.7',
    ' , 203.0.114.7',
  ])
    expect(await statusFrom(said)).toBe(429);
  expect(await statusFrom('198.51.100.1')).toBe(200);
  expect(await statusFrom('junk')).toBe(200);
  for (const said of ['junk', 'other junk', '1.2.3.4.5', '[::1', '127.0.0.1']) expect(await statusFrom(said)).toBe(429);
});

test('a class of thirty behind one address may call twice a minute each', async () => {
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [createTestNode([release])],
    config: { anonymousCallsPerMinute: null, trustedProxies: ['127.0.0.1', '::1'] },
    overrides: { clock: () => 0 },
  });
  const statuses = new Set<number>();
  for (let n = 0; n < 60; n++) statuses.add((await call(gateway.url, { 'x-forwarded-for': '203.0.114.7' })).status);
  expect([...statuses]).toEqual([200]);
  expect((await call(gateway.url, { 'x-forwarded-for': '203.0.114.7' })).status).toBe(429);
});

test('calls without a key are limited by address, told in headers, and free again with time', async () => {
  let now = 0;
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [createTestNode([release])],
    config: { anonymousCallsPerMinute: 2 },
    overrides: { clock: () => now },
  });
  const first = await call(gateway.url);
  expect(first.headers.get('ratelimit-policy')).toBe('"anonymous";q=2;w=60');
  expect(first.headers.get('ratelimit')).toBe('"anonymous";r=1;t=30');
  expect((await call(gateway.url)).status).toBe(200);
  const third = await call(gateway.url);
  expect([third.status, third.headers.get('retry-after')]).toEqual([429, '30']);
  expect(await third.json()).toMatchObject({ code: 'TooManyRequests', retry: true });
  now += 30_000;
  expect((await call(gateway.url)).status).toBe(200);
});

test('attack by a caller: signed calls are counted by network, whatever keys they have, and by key', async () => {
  let now = Date.now();
  await using gateway = await startTestGateway({
    releases: [release],
    nodes: [createTestNode([release])],
    config: { signedCallsPerMinute: 6, keyCallsPerMinute: 2, trustedProxies: 1 },
    overrides: { clock: () => now },
  });
  const signed = (key: ReturnType<typeof randomKey>, from: string) => {
    const asked: typeof fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-forwarded-for', from);
      return fetch(url, { ...init, headers });
    };
    const client = createClient(gateway.url, {
      ...{ key, fetch: asked, clock: () => now, audiences: { gateway: gateway.ctx.address } },
    });
    return runModel(client, release.digest, { X: [[1, 2]] }).then(
      () => 200,
      ({ code }: { code: string }) => code,
    );
  };
  const key = randomKey();
  expect(await signed(key, '203.0.114.7')).toBe(200);
  expect(await signed(key, '203.0.114.8')).toBe(200);
  expect(await signed(key, '203.0.114.9')).toBe('TooManyRequests');
  for (let n = 0; n < 5; n++) expect(await signed(randomKey(), '203.0.114.7')).toBe(200);
  expect(await signed(randomKey(), '203.0.114.7')).toBe('TooManyRequests');
  expect(await signed(randomKey(), '203.0.114.8')).toBe(200);
  now += 30_000;
  expect(await signed(key, '203.0.114.7')).toBe(200);
});
