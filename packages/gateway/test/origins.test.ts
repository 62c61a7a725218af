import { once } from 'node:events';
import { createReleaseView, createTestNode } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const run = (url: string, headers: Record<string, string>) =>
  fetch(`${url}/v1/run/${release.reference}`, { method: 'POST', body: '{"X":[[1,2]]}', headers });

test.each([
  ['a page of this machine', [], 'http://localhost:5173', 'http://localhost:5173'],
  ['a page from anywhere, where there is a public URL', ['https://gateway.example'], 'https://page.example', '*'],
])('%s may call', async (_, publicUrls, origin, allowed) => {
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node], config: { publicUrls } });
  const headers = { origin, 'access-control-request-method': 'POST' };
  const asked = await fetch(`${gateway.url}/v1/run/${release.reference}`, { method: 'OPTIONS', headers });
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, allowed]);
  const response = await run(gateway.url, { origin });
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, allowed]);
  expect(response.headers.get('access-control-expose-headers')).toContain('callable-receipt');
});

test('a page of another origin calls nothing here, and opens no link', async () => {
  await using gateway = await startTestGateway({ releases: [release], nodes: [createTestNode([release])] });
  const origin = 'https://page.example';
  expect(await (await run(gateway.url, { origin })).json()).toMatchObject({ code: 'OriginNotServed', status: 403 });
  const link = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/link`, { headers: { origin } });
  const [error] = await once(link, 'error');
  expect((error as Error).message).toContain('403');
});
