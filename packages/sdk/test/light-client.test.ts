import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import {
  digestBytes,
  hexOfDigest,
  type RunAnswer,
  RunAnswer as RunAnswerSchema,
  verifyRequest,
} from '@callable/protocol';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import type * as sdk from '../src/index.ts';
import { audiences, eventOf, key, openEvents, signer, view } from './examples.ts';
import { sample } from './sample.ts';
import { left, sendJson, serve } from './serve.ts';

type Light = Pick<typeof sdk, 'createClient' | 'getRelease' | 'runModel' | 'watchRelease'>;
let light: Light;

/** What a browser has too. No `process`, no `Buffer`, no `require`: whoever reaches for one throws a ReferenceError. */
const browser = {
  AbortController,
  AbortSignal,
  ReadableStream,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  clearTimeout,
  crypto,
  fetch,
  setTimeout,
};

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { createClient, getRelease, runModel, watchRelease } from '@callable/sdk';",
      resolveDir: fileURLToPath(new URL('../../cli', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'light',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const context = createContext({ ...browser });
  new Script(outputFiles[0]?.text ?? '').runInContext(context);
  light = context['light'] as Light;
});

test('a page reads a release, calls it with its signature, and follows it over a break', async () => {
  const answer = sample(RunAnswerSchema) as RunAnswer;
  let gone: Promise<unknown> | undefined;
  const { url, asked } = await serve((response, { path }, nth) => {
    if (path === '/v1/gateway') return sendJson(response, { gateway: audiences.gateway });
    if (path.startsWith('/v1/run/')) return sendJson(response, answer);
    if (!path.endsWith('/events')) return sendJson(response, view(false));
    gone = left(response);
    return openEvents(response).write(eventOf(view(nth > 4)), () => nth === 4 && response.destroy());
  });
  const client = light.createClient(url, { key });
  expect(await light.getRelease(client, 'acme/double')).toEqual(view(false));
  expect(await light.runModel(client, 'acme/double', { x: [1, 2] })).toEqual(answer);
  const call = asked[2]!;
  expect(JSON.parse(String(call.body))).toEqual({ x: [1, 2] });
  const body = hexOfDigest(digestBytes(call.body));
  expect(
    verifyRequest({ ...call, body, isFor: (audience) => audience === audiences.gateway }, Date.now()),
  ).toMatchObject({
    ok: true,
    signer,
    audience: audiences.gateway,
  });
  const seen: boolean[] = [];
  for await (const { callable } of light.watchRelease(client, 'acme/double', { pauseMs: 1 })) {
    seen.push(callable);
    if (callable) break;
  }
  expect(seen).toEqual([false, true]);
  await gone;
});

test('a page hears why: a refusal, a page of a proxy, an abort', async () => {
  const stop = new AbortController();
  const { url } = await serve((response, { path }) => {
    if (path.includes('slow')) return response.write('{', () => stop.abort(new Error('enough')));
    return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  });
  const client = light.createClient(url);
  await expect(light.getRelease(client, 'acme/double')).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('(200 text/html)'),
    remedy: expect.stringContaining('Check the address'),
  });
  await expect(light.runModel(client, 'acme/slow', {}, { signal: stop.signal })).rejects.toThrow('enough');
});
