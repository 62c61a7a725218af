import { hash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { requestBodyMs, requestWindowMs, signRequest } from '@callable/protocol';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const path = `/v1/run/${release.reference}`;
const body = JSON.stringify({ X: [[1, 2]] });
const start = 1_790_000_000_000;

async function startSlowDoor() {
  let now = start;
  const gateway = await startTestGateway({
    releases: [release],
    nodes: [createTestNode([release])],
    overrides: { clock: () => now },
  });
  const signed = { method: 'POST', path, body: hash('sha256', body, 'hex'), nonce: '01'.repeat(32), issuedAt: start };
  const signature = signRequest({ ...signed, version: 2, audience: gateway.ctx.address }, randomKey());
  const headers = { ...signature, 'content-length': body.length, expect: '100-continue' };
  return {
    /** Sends the headers of one and the same signed call; they have arrived when this resolves. */
    async begin(): Promise<ClientRequest> {
      const call = request(gateway.url + path, { method: 'POST', headers, agent: false });
      call.flushHeaders();
      await once(call, 'continue');
      return call;
    },
    async end(call: ClientRequest): Promise<string | number | undefined> {
      call.end(body);
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      const { code } = (await json(response)) as { code?: string };
      return code ?? response.statusCode;
    },
    wait: (ms: number) => (now += ms),
    [Symbol.asyncDispose]: gateway[Symbol.asyncDispose],
  };
}

test('a signed call whose body takes minutes is as old as its headers', async () => {
  await using door = await startSlowDoor();
  const call = await door.begin();
  door.wait(requestBodyMs - 1);
  expect(await door.end(call)).toBe(200);
});

test('attack by whoever read a signed call: copies whose bodies are held back are not a second call', async () => {
  await using door = await startSlowDoor();
  door.wait(-requestWindowMs);
  const first = await door.begin();
  door.wait(2 * requestWindowMs - 1);
  const copies = [await door.begin(), await door.begin()] as const;
  // The first copy of all is accepted at the first possible moment, the others are in date until the last moment.
  door.wait(-2 * requestWindowMs + 1);
  expect(await door.end(first)).toBe(200);
  door.wait(2 * requestWindowMs - 1 + requestBodyMs - 1);
  expect(await door.end(copies[0])).toBe('RequestReplayed');
  door.wait(1);
  expect(await door.end(copies[1])).toBe('RequestExpired');
  expect(await door.end(await door.begin())).toBe('RequestExpired');
});

test('a caller who stalls in a large body holds no gateway open that was told to stop', async () => {
  const gateway = await startTestGateway({ releases: [release], nodes: [createTestNode([release])] });
  const headers = { 'content-length': 20_000_000, expect: '100-continue' };
  const call = request(gateway.url + path, { method: 'POST', headers, agent: false });
  call.flushHeaders();
  await once(call, 'continue');
  call.write(Buffer.alloc(10_000_000));
  const cut = once(call, 'error');
  const before = performance.now();
  await gateway[Symbol.asyncDispose]();
  expect(await cut).toMatchObject([{ code: 'ECONNRESET' }]);
  // Its own patience with a silent body is 10 s.
  expect(performance.now() - before).toBeLessThan(8_000);
});
