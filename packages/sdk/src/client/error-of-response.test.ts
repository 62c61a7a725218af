import { CallableError, problemOf } from '@callable/protocol';
import { expect, test } from 'vitest';
import { sendProblem } from '../../test/examples.ts';
import { sendForEver, serve } from '../../test/serve.ts';
import { createClient } from './client.ts';
import { sendRequest } from './send-request.ts';

const failure = (url: string) => sendRequest(createClient(url), '/x').catch((error: unknown) => error);

test('a problem document keeps code, sentence, remedy and what came with it', async () => {
  const details = { errors: [{ input: 'txt' }], example: { x: 1 }, conditions: [1], release: 'a/b' };
  const { url } = await serve((response) =>
    sendProblem(response, new CallableError('NotCallable', 'Not yet.', { details }), { 'retry-after': '7' }),
  );
  const error = await failure(url);
  expect(error).toMatchObject({
    code: 'NotCallable',
    message: 'Not yet.',
    details: { ...details, retryAfterSeconds: 7 },
  });
  expect((error as CallableError).remedy).not.toBe('');
});

test.each([true, false])('a reason of a newer hub is told in its own words; whether it may pass: %s', async (retry) => {
  const row = { code: 'MoonInTheWay', title: 'The moon. Wait.', detail: 'The moon.', retry };
  const problem = { ...problemOf(new CallableError('Internal'), 'r'), ...row };
  const { url } = await serve((response) => response.writeHead(418).end(JSON.stringify(problem)));
  expect(await failure(url)).toMatchObject({ code: 'MoonInTheWay', message: 'The moon.', remedy: 'Wait.', retry });
});

test.each([
  [404, '<html>no such page</html>', true],
  [502, '<html>bad gateway</html>', false],
  [500, '{"code":"Internal"}', false],
  [400, '{"code":', true],
])('%i without a reason is no answer of a hub: %s', async (status, body, isFinal) => {
  const { url } = await serve((response) => response.writeHead(status).end(body));
  const error = await failure(url);
  expect(error).toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining(`answered ${status} without a reason`),
  });
  expect((error as CallableError).cause instanceof SyntaxError).toBe(isFinal);
});

test('attack: an error document without end is left', async () => {
  const { url } = await serve((response) => sendForEver(response.writeHead(500), new Uint8Array(2 ** 18).fill(32)));
  expect(await failure(url)).toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining('answered 500'),
  });
});

test('a slow error document ends by the signal', async () => {
  const stop = new AbortController();
  const { url } = await serve((response) => {
    response.writeHead(500).write('{', () => setImmediate(() => stop.abort(new Error('enough'))));
  });
  await expect(sendRequest(createClient(url), '/x', { signal: stop.signal })).rejects.toThrow('enough');
});
