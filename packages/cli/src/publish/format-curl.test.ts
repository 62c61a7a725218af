import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Manifest } from '@callable/protocol';
import { expect, it } from 'vitest';
import { formatCurl } from './format-curl.ts';

const manifest = (inputs: unknown) =>
  ({ vectors: [{ name: 'v', inputs, outputs: {}, rtol: 0, atol: 0 }] }) as unknown as Manifest;

it('is one line that works when pasted', () => {
  expect(formatCurl('http://h:1', 'acme/iris@1.0.0', manifest({ X: [[1, 2]] }))).toBe(
    `curl http://h:1/v1/run/acme/iris@1.0.0 -d '{"X":[[1,2]]}'`,
  );
});

it('an input made by a hostile publisher cannot break out of the quotes', () => {
  const inputs = { text: ["it's'; touch /tmp/owned; echo '$(id)`id`\n\u001b[2J"] };
  const line = formatCurl('http://h', 'acme/x', manifest(inputs));
  const told = execFileSync('sh', ['-c', line.replace(/^curl \S+ -d/, 'printf %s')], { encoding: 'utf8' });
  expect(JSON.parse(told)).toEqual(inputs);
  expect(line).not.toContain('\u001b');
});

it('the edges of INT64 in a short file of the release are written out, every digit of them', () => {
  const kept = { vectors: [{ name: 'v', file: 'v.json' }], files: [] } as unknown as Manifest;
  expect(formatCurl('http://h', 'acme/x', kept, { x: [2n ** 63n - 1n, -(2n ** 63n), -0] })).toBe(
    `curl http://h/v1/run/acme/x -d '{"x":[9223372036854775807,-9223372036854775808,-0]}'`,
  );
});

it.each([
  ['too long for a line', { name: 'v', inputs: { X: [Array(2000).fill(1)] }, outputs: {} }, []],
  ['kept as a file', { name: 'v', file: 'v.json' }, [{ path: 'v.json', sha256: 'ab'.repeat(32) }]],
])('an input that is %s is fetched, and the line still works when pasted', async (_, vector, files) => {
  const inputs = { X: [Array(2000).fill(1)] };
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method === 'POST') response.end(await text(request));
    else response.end(JSON.stringify({ manifest: { vectors: [vector] }, inputs }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const line = formatCurl(url, 'acme/x@1.0.0', { vectors: [vector], files } as unknown as Manifest);
  const { stdout } = await promisify(execFile)('sh', ['-c', line.replace(/\| curl /, '| curl -s ')]);
  server.close();
  expect(JSON.parse(stdout)).toEqual(inputs);
  expect(asked[1]).toBe('POST /v1/run/acme/x@1.0.0');
});

it('every digit of an example in a file reaches the wire: INT64 beyond 2^53, 1e400, -0.0, texts that look like numbers', async () => {
  const inputs =
    '{"X":[9223372036854775807,-9223372036854775808,9007199254740993],"F":[1e400,-0.0,1.50,"NaN"],"t":["1","a\\"9007199254740993","\\\\"],"n9":0}';
  let sent = '';
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') sent = await text(request);
    response.end(`{"outputs":{"y":[1]},"inputs":${inputs}}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kept = {
    vectors: [{ name: 'v', file: 'v.json' }],
    files: [{ path: 'v.json', sha256: 'ab'.repeat(32) }],
  } as unknown as Manifest;
  await promisify(execFile)('sh', ['-c', formatCurl(url, 'acme/x@1.0.0', kept)]);
  server.close();
  expect(sent.trim()).toBe(inputs);
});
