import { gzipSync } from 'node:zlib';
import { CallableError } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import { expect, test, vi } from 'vitest';
import { left, sendForEver, sendJson, serve } from '../../test/serve.ts';
import { createClient } from './client.ts';
import { readJson } from './read-json.ts';

const Answer = Type.Object({ n: Type.Integer() });
const ask = (url: string, options: Parameters<typeof readJson>[3] = {}) =>
  readJson(createClient(url), Answer, '/x', options);

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html; charset=utf-8' };

test('a right answer, also with a byte order mark, as another type, or packed', async () => {
  const { url } = await serve((response, _, nth) => {
    if (nth === 1) return sendJson(response, { n: 1 });
    if (nth === 2) return response.writeHead(200, json).end('\ufeff{"n":1}');
    if (nth === 3) return response.writeHead(200, { 'content-type': 'text/plain' }).end('{"n":1}');
    return response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync('{"n":1}'));
  });
  for (let nth = 1; nth <= 4; nth++) expect(await ask(url)).toEqual({ n: 1 });
});

test.each([
  ['truncated JSON', 200, json, '{"n":', '200 application/json'],
  ['another shape', 200, json, '{"n":"1"}', '200 application/json'],
  ['another JSON', 200, json, '[]', '200 application/json'],
  ['nothing', 200, json, '', '200 application/json'],
  ['204', 204, {}, '', '204 undefined'],
  ['the page of a proxy', 200, html, '<html>Sign in</html>', '200 text/html'],
  ['a very long type', 200, { 'content-type': 'x'.repeat(500) }, '', `200 ${'x'.repeat(80)})`],
])('%s is named for what it is', async (_, status, headers, body, named) => {
  const { url } = await serve((response) => response.writeHead(status, headers).end(body));
  const error = await ask(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CallableError);
  expect(error).toMatchObject({ code: 'HubUnreachable', message: expect.stringContaining(`${url}/x (${named}`) });
});

test('attack: a body without end is left, and closed', async () => {
  const gone: Promise<unknown>[] = [];
  const { url } = await serve((response) => {
    gone.push(left(response));
    sendForEver(response.writeHead(200, json), new Uint8Array(2 ** 18).fill(32));
  });
  await expect(ask(url)).rejects.toThrow('broke off (more than 16777216 bytes)');
  await expect(ask(url, { mostBytes: 1000 } as never)).rejects.toThrow('broke off (more than 1000 bytes)');
  await Promise.all(gone);
});

test('attack: a small body that unpacks to a large one is left', async () => {
  const { url } = await serve((response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(new Uint8Array(2 ** 26))),
  );
  await expect(ask(url)).rejects.toThrow('more than 16777216 bytes');
});

test('a connection that breaks in the middle', async () => {
  const { url } = await serve((response) => {
    response.writeHead(200, json).write('{"n":');
    setImmediate(() => response.destroy());
  });
  await expect(ask(url)).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('broke off'),
  });
});

test('no gzip though it says so', async () => {
  const { url } = await serve((response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('{"n":1}'),
  );
  await expect(ask(url)).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('broke off'),
  });
});

test('a slow body ends by the signal, with its reason, and is closed', async () => {
  const stop = new AbortController();
  const gone: Promise<unknown>[] = [];
  const { url } = await serve((response) => {
    gone.push(left(response));
    response.writeHead(200, json).write('{"n":', () => setImmediate(() => stop.abort(new Error('enough'))));
  });
  await expect(ask(url, { signal: stop.signal })).rejects.toThrow('enough');
  await Promise.all(gone);
});

test('a body that falls silent ends without any signal', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let cancelled = false;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{')),
      cancel: () => {
        cancelled = true;
      },
    });
    const client = createClient('http://hub', { fetch: async () => new Response(body) });
    const end = expect(readJson(client, Answer, '/x')).rejects.toThrow('broke off (silent for a minute)');
    await vi.advanceTimersByTimeAsync(60_000);
    await end;
    expect(cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
