import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type Asked, left, sendForEver, serve } from '../../test/serve.ts';
import { createClient } from '../client/client.ts';
import { readFile, readFileRange } from './files.ts';

const file = Buffer.from('0123456789');
const sha256 = 'cd'.repeat(32);

const withRanges = (response: ServerResponse, { headers }: Asked) => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === undefined) return response.end(file);
  return response.writeHead(206).end(file.subarray(Number(from), to ? Number(to) + 1 : undefined));
};
const without = (response: ServerResponse) => {
  for (const byte of file) response.write(new Uint8Array([byte]));
  response.end();
};

test.each([
  ['gives ranges', withRanges],
  ['ignores them', without],
])('a server that %s: the same bytes from an offset on', async (_, answer) => {
  const { url } = await serve(answer);
  const client = createClient(url);
  const read = async (offset: number) => String(await buffer(await readFile(client, sha256, { offset })));
  expect([await read(0), await read(4), await read(10)]).toEqual(['0123456789', '456789', '']);
  const into = new Uint8Array(3);
  const pieces: string[] = [];
  await readFileRange(client, sha256, { offset: 4, into, onPiece: (piece) => pieces.push(String(Buffer.from(piece))) });
  expect(String(Buffer.from(into))).toBe('456');
  expect(pieces.join('')).toBe('456');
});

test('one that ends too early, breaks, or is aborted', async () => {
  const short = await serve((response) => response.writeHead(206).end('45'));
  const into = new Uint8Array(3);
  const range = (url: string, signal?: AbortSignal) =>
    readFileRange(createClient(url), sha256, { offset: 4, into, signal });
  await expect(range(short.url)).rejects.toThrow('stopped 1 bytes too early');
  const broken = await serve((response) => {
    response.writeHead(206).write('4');
    setImmediate(() => response.destroy());
  });
  await expect(range(broken.url)).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('broke off'),
  });
  const stop = new AbortController();
  const slow = await serve((response) => {
    response.writeHead(206).write('4', () => setImmediate(() => stop.abort(new Error('enough'))));
  });
  await expect(range(slow.url, stop.signal)).rejects.toThrow('enough');
});

test('attack: a range without end, and a file without end, are left and closed', async () => {
  const gone: Promise<unknown>[] = [];
  const { url } = await serve((response) => {
    gone.push(left(response));
    sendForEver(response.writeHead(206), new Uint8Array(2 ** 16).fill(97));
  });
  const into = new Uint8Array(100);
  await readFileRange(createClient(url), sha256, { offset: 0, into });
  expect(into.every((byte) => byte === 97)).toBe(true);
  await gone[0];
  const reader = (await readFile(createClient(url), sha256)).getReader();
  await reader.read();
  await reader.cancel();
  await gone[1];
});
