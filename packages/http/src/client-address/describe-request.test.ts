import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { describeRequest } from './describe-request.ts';

it('behind a trusted proxy the log names who asked, not the proxy, and not what the client invented', async () => {
  const lines = new PassThrough({ encoding: 'utf8' });
  await using app = fastify({ logger: { stream: lines, serializers: { req: describeRequest(1) } } });
  app.get('/x', async () => 'x');
  const written = once(lines, 'data');
  await app.inject({ url: '/x?a=1', headers: { host: 'hub.example', 'x-forwarded-for': '198.51.100.1, 203.0.114.7' } });
  const [line] = await written;
  expect(JSON.parse(String(line).split('\n')[0] ?? '').req).toEqual({
    method: 'GET',
    url: '/x?a=1',
    host: 'hub.example',
    remoteAddress: '203.0.114.7',
  });
});
