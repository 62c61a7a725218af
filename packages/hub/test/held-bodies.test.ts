import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { defaultLimits } from '../src/config/hub-config.ts';
import { startTestHub } from './start-test-hub.ts';

const KiB = 1024;
const limits = { ...defaultLimits, heldBodyBytes: 1600 * KiB, heldBodyBytesPerNetwork: 800 * KiB };

/** A body of so many bytes whose last one never comes. */
function leaveOpen(url: string, from: string, bytes: number): ClientRequest {
  const headers = { 'content-type': 'application/json', 'content-length': bytes + 1, 'x-forwarded-for': from };
  const asked = request(`${url}/v1/statements`, { method: 'POST', headers, agent: false });
  asked.on('error', () => {});
  asked.write(Buffer.alloc(bytes, 0x20));
  return asked;
}

async function answerOf(asked: ClientRequest): Promise<{ status: number; code: string; retry: string | undefined }> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode ?? 0, code: JSON.parse(text).code, retry: response.headers['retry-after'] };
}

const firstAnswer = (...asked: (ClientRequest | undefined)[]) =>
  Promise.race(asked.flatMap((one) => (one ? [answerOf(one)] : [])));

async function say(url: string, from: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': from };
  const answer = await fetch(`${url}/v1/statements`, { method: 'POST', headers, body: '{}' });
  return ((await answer.json()) as { code: string }).code;
}

test('attack by callers of a hub: bodies without their last byte are bounded by network and in all, and keep nobody out', async () => {
  await using hub = await startTestHub({ config: { limits } });
  const [one, two] = ['198.51.100.1', '198.51.100.1'].map((from) => leaveOpen(hub.url, from, 600 * KiB));
  // Whichever comes second: their pieces arrive in turn.
  expect(await firstAnswer(one, two)).toEqual({ status: 429, code: 'NetworkHoldsTooMuch', retry: '1' });
  const [three, four] = ['203.0.113.1', '192.0.2.1'].map((from) => leaveOpen(hub.url, from, 600 * KiB));
  expect(await firstAnswer(three, four)).toMatchObject({ status: 503, code: 'HubHoldsTooMuch' });
  // Small ones have room that is theirs, also of the network that floods.
  expect([await say(hub.url, '192.0.2.1'), await say(hub.url, '198.51.100.1')]).toEqual([
    'RequestInvalid',
    'RequestInvalid',
  ]);
  // Who hangs up gives everything back.
  for (const open of [one, two, three, four]) open?.destroy();
  await expect
    .poll(async () => {
      const asked = leaveOpen(hub.url, '198.51.100.1', 600 * KiB);
      asked.end(' ');
      return (await answerOf(asked)).code;
    })
    .toBe('InvalidJson');
});

test('a body that declares too much is refused before any of it is read', async () => {
  await using hub = await startTestHub();
  const headers = { 'content-type': 'application/json', 'content-length': 2 ** 30, expect: '100-continue' };
  const asked = request(`${hub.url}/v1/statements`, { method: 'POST', headers, agent: false });
  asked.on('error', () => {});
  asked.flushHeaders();
  expect(await answerOf(asked)).toMatchObject({ status: 413, code: 'BodyTooLarge' });
});
