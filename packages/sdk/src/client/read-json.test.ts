import { Type } from '@callable/protocol/schema';
import { expect, test } from 'vitest';
import { createClient } from './client.ts';
import { readJson } from './read-json.ts';

const Answer = Type.Object({ n: Type.Integer() });
const ask = (body: BodyInit, status = 200) =>
  readJson(createClient('http://hub', { fetch: async () => new Response(body, { status }) }), Answer, '/x');

function endless() {
  const seen = { pieces: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.pieces += 1;
      controller.enqueue(new Uint8Array(2 ** 20).fill(32));
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { seen, body };
}

test('a right answer', async () => expect(await ask('{"n":1}')).toEqual({ n: 1 }));

test.each(['{"n":', '{"n":"1"}', '[]', ''])('no answer of the API: %s', async (body) => {
  await expect(ask(body)).rejects.toMatchObject({ code: 'HubUnreachable' });
});

test.each([
  [200, 70, /http:\/\/hub.*64 MiB/],
  [500, 5, /http:\/\/hub answered 500/],
])('an endless body at status %i is left', async (status, most, message) => {
  const { seen, body } = endless();
  await expect(ask(body, status)).rejects.toThrow(message);
  expect(seen.pieces).toBeLessThan(most);
  expect(seen.cancelled).toBe(true);
});
