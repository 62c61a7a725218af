import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { createBodyBudget } from '@callable/http';
import { createReleaseView, createTestNode } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import type { GatewayConfig } from '../src/config.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const MiB = 2 ** 20;
// A sixteenth of the sizes a gateway has by itself.
const bodyBytes = 2 * MiB;
const limits = { inAll: 16 * MiB, perNetwork: 4 * MiB };

async function startWatched(config: Partial<GatewayConfig> = {}) {
  const budget = createBodyBudget(limits);
  const seen = { held: 0, most: 0 };
  const open: typeof budget.open = (address) => {
    const share = budget.open(address);
    let own = 0;
    return {
      take(bytes) {
        const refused = share.take(bytes);
        if (refused) return refused;
        own += bytes;
        seen.held += bytes;
        seen.most = Math.max(seen.most, seen.held);
        return null;
      },
      close() {
        share.close();
        seen.held -= own;
        own = 0;
      },
    };
  };
  const node = createTestNode([release]);
  const gateway = await startTestGateway({
    releases: [release],
    nodes: [node],
    config: { bodyBytes, trustedProxies: 1, ...config },
    overrides: { bodies: { open } },
  });
  const begin = (network: string, length: number, headers: Record<string, string> = {}): ClientRequest => {
    const call = request(gateway.url + path, {
      method: 'POST',
      headers: { 'content-length': length, 'x-forwarded-for': network, ...headers },
      agent: false,
    });
    call.on('error', () => {});
    return call;
  };
  const call = async (network: string, body: string | Buffer) => answerOf(begin(network, body.length).end(body));
  return { ...gateway, node, seen, begin, call };
}

async function answerOf(call: ClientRequest): Promise<string | number | undefined> {
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const { code } = (await json(response)) as { code?: string };
  return code ?? response.statusCode;
}

const readers = [
  ['our own reader', true],
  ['node:http', false],
] as const;

test.each(readers)(
  'attack by a caller: forty bodies without their last byte keep no memory, and keep nobody out (%s)',
  async (_reader, ownReader) => {
    await using gateway = await startWatched({ bodyIdleMs: 1_500, ownReader });
    const answers = Array.from({ length: 40 }, () => {
      const call = gateway.begin('10.0.0.1', bodyBytes);
      call.write(Buffer.alloc(bodyBytes - 1, 32));
      return answerOf(call).catch(() => 'cut off');
    });
    await expect.poll(() => gateway.seen.held).toBeGreaterThan(limits.perNetwork / 2);
    expect(await gateway.call('10.0.0.2', inputs)).toBe(200);
    expect(await gateway.call('10.0.0.2', inputs.padEnd(bodyBytes))).toBe(200);
    expect(await gateway.call('10.0.0.1', inputs)).toBe(200);
    const told = await Promise.all(answers);
    expect(new Set(told)).toEqual(new Set(['BodySilent', 'NetworkHoldsTooMuch']));
    await expect.poll(() => gateway.seen.held).toBe(0);
    expect(gateway.seen.most).toBeLessThanOrEqual(limits.perNetwork + bodyBytes);
    expect(await gateway.call('10.0.0.1', inputs.padEnd(bodyBytes))).toBe(200);
  },
);

test('attack by a caller from many networks: past the memory for all of them a body is refused, a small call is not', async () => {
  await using gateway = await startWatched();
  const calls = Array.from({ length: 12 }, (_, index) => {
    const call = gateway.begin(`10.0.${index}.1`, bodyBytes);
    call.write(Buffer.alloc(bodyBytes - 1, 32));
    return call;
  });
  const refused = await Promise.race(calls.map(answerOf));
  expect(refused).toBe('GatewayHoldsTooMuch');
  expect(gateway.seen.most).toBeLessThanOrEqual(limits.inAll);
  expect(await gateway.call('10.1.0.1', inputs)).toBe(200);
  for (const call of calls) call.destroy();
  await expect.poll(() => gateway.seen.held).toBe(0);
});

test('attack by a caller: what is refused by its headers is refused before a byte of its body is read', async () => {
  await using gateway = await startWatched({ anonymousCallsPerMinute: 1 });
  expect(await gateway.call('10.0.0.1', inputs)).toBe(200);
  gateway.seen.most = 0;
  const begun = (length: number, headers?: Record<string, string>) => {
    const call = gateway.begin('10.0.0.1', length, headers);
    call.write('x');
    return answerOf(call);
  };
  expect(await begun(bodyBytes)).toBe('TooManyRequests');
  expect(await begun(bodyBytes + 1)).toBe('BodyTooLarge');
  expect(await begun(bodyBytes, { 'content-encoding': 'gzip' })).toBe('MediaTypeUnsupported');
  expect(gateway.seen.most).toBe(0);
});
