import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startTestHub } from './start-test-hub.ts';

/** What a hub answers a browser: `fetch` would write the Host itself. */
function ask(url: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; code: unknown }>((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      const { statusCode: status = 0, headers: told } = response;
      response.once('error', reject).once('data', (first: Buffer) => {
        const text = String(first);
        resolve({ status, headers: told, code: text.startsWith('{') ? JSON.parse(text).code : text });
        response.destroy();
      });
      response.once('end', () => resolve({ status, headers: told, code: null }));
    });
    asked.once('error', reject).end();
  });
}

test('DNS rebinding: no route of a hub without a public URL answers to a foreign name, nor a page of a foreign origin', async () => {
  await using hub = await startTestHub();
  const paths = [...hub.reads, '/nothing-here'].map((path) => path.replace(/\*|:[a-z]+/gi, 'x'));
  expect(paths.length).toBeGreaterThan(30);
  for (const path of paths) {
    const byName = await ask(hub.url + path, { host: 'rebound.example:4600' });
    expect([path, byName.status, byName.code]).toEqual([path, 421, 'HostNotServed']);
    const byPage = await ask(hub.url + path, { origin: 'https://page.example' });
    expect([path, byPage.status, byPage.code]).toEqual([path, 403, 'OriginNotServed']);
    expect(byPage.headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('a page of another origin writes nothing, also without a preflight', async () => {
  await using hub = await startTestHub();
  for (const [method, path] of [
    ['POST', '/v1/statements'],
    ['POST', '/v1/uploads'],
    ['PUT', '/v1/blobs'],
    ['OPTIONS', '/v1/uploads'],
  ] as const) {
    const headers = { origin: 'null', 'content-type': 'text/plain', 'access-control-request-method': 'POST' };
    expect((await ask(hub.url + path, headers, method)).code).toBe('OriginNotServed');
  }
});

test('pages from anywhere read every route of a public hub, and may ask what they may send', async () => {
  await using hub = await startTestHub({ config: { publicUrls: ['https://hub.example'] } });
  const headers = { host: 'hub.example', origin: 'https://page.example' };
  for (const path of [
    '/v1/network',
    '/v1/releases',
    '/v1/nodes',
    '/v1/queue',
    '/v1/log',
    '/reasons',
    '/v1/releases/a/b',
  ]) {
    const answer = await ask(hub.url + path, headers);
    expect([path, answer.headers['access-control-allow-origin']]).toEqual([path, '*']);
    expect(answer.headers['access-control-expose-headers']).toContain('retry-after');
  }
  const preflight = { ...headers, 'access-control-request-method': 'PUT' };
  const asked = await ask(`${hub.url}/v1/uploads/x/chunks/0`, preflight, 'OPTIONS');
  expect([asked.status, asked.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD, POST, PUT, DELETE']);
  expect(asked.headers['access-control-allow-headers']).toBe('*, authorization');
});

test('what a page of this machine reads is for its origin alone', async () => {
  await using hub = await startTestHub();
  const { status, headers } = await ask(`${hub.url}/v1/network`, { origin: 'http://localhost:5173' });
  expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([
    200,
    'http://localhost:5173',
    expect.stringContaining('origin'),
  ]);
});
