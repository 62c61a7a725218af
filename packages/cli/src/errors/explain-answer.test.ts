import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, createUpload } from '@callable/sdk';
import { randomKey } from '@callable/stand-ins';
import { expect, onTestFinished, test } from 'vitest';
import { isPassing } from '../publish/outlast-outages.ts';
import { describeError } from './describe-error.ts';

const key = randomKey();

/** What a publish hears where something answers so to all it sends. */
async function hear(status: number, headers: Record<string, string> = {}) {
  const server = createServer((request, response) => {
    if (request.method === 'GET') response.end(JSON.stringify({ hub: `0x${'ab'.repeat(20)}` }));
    else response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html>no</html>');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const client = createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { key });
  return createUpload(client, { files: [] }).catch((error: unknown) => error);
}

test.each<[number, RegExp]>([
  [301, /sends to \(https:\/\/hub\.example\/v1\)/],
  [401, /without a login/],
  [403, /without a login/],
  [404, /check the address/],
  [405, /PUT, POST and DELETE/],
  [407, /another network/],
  [413, /client_max_body_size 5m;/],
  [414, /large_client_header_buffers/],
  [418, /Check the address/],
  [431, /large_client_header_buffers/],
  [501, /PUT, POST and DELETE/],
  [511, /browser/],
])('a proxy that answers %i ends a publish at once: it is named, and what to set', async (status, remedy) => {
  const error = await hear(status, { server: 'nginx/1.22.1', location: 'https://hub.example/v1' });
  expect(isPassing(error)).toBe(false);
  const { code, message, next } = describeError(error);
  // Of a 407 `fetch` tells no more than that it came.
  const named = status === 407 ? /does not answer/ : `answered ${status} .*nginx/1\\.22\\.1`;
  expect([code, message]).toEqual(['HubUnreachable', expect.stringMatching(named)]);
  expect(next).toMatch(remedy);
});

test.each([408, 429, 500, 502, 503, 504, 522])('a proxy whose hub is away, by %i, is asked again', async (status) => {
  const error = await hear(status);
  expect(isPassing(error)).toBe(true);
});
