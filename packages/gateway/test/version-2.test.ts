import { randomBytes } from 'node:crypto';
import {
  digestBytes,
  hexOfDigest,
  type SignedReceipt1,
  signReceipt,
  signRequest,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { answerDoubled, createReleaseView, createTestNode, type GoodHead, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const key = randomKey();

test('attack: a signed request replayed at another gateway', async () => {
  const nodes = [createTestNode(releases)];
  await using one = await startTestGateway({ releases, nodes: [createTestNode(releases)] });
  await using two = await startTestGateway({ releases, nodes });
  const body = hexOfDigest(digestBytes(new TextEncoder().encode(inputs)));
  const nonce = randomBytes(32).toString('hex');
  const request = { method: 'POST', path, body, nonce, issuedAt: Date.now() };
  const headers = signRequest({ ...request, version: 2, audience: one.ctx.address }, key);
  const call = (url: string) => fetch(url + path, { method: 'POST', body: inputs, headers });
  expect((await call(one.url)).status).toBe(200);
  expect(await (await call(two.url)).json()).toMatchObject({ code: 'AudienceMismatch', status: 401 });
  expect(nodes[0]?.calls).toEqual([]);
  // attack: a request that names nobody, as version 1 does, or a name that both gateways go by.
  for (const anywhere of [
    signRequest(request, key),
    signRequest({ ...request, version: 2, audience: 'localhost' }, key),
  ])
    for (const { url } of [one, two])
      expect((await fetch(url + path, { method: 'POST', body: inputs, headers: anywhere })).status).toBe(401);
  // The SDK asks who a gateway is, and again when another one answers there; not when it was told.
  const inputsOf = { X: [[1, 2]] };
  expect((await runModel(createClient(one.url, { key }), release.reference, inputsOf)).outputs).toBeDefined();
  const told = createClient(two.url, { key, audiences: { gateway: one.ctx.address } });
  const moved = createClient(two.url, { key });
  moved.found.gateway = one.ctx.address;
  for (const client of [told, told, moved])
    await expect(runModel(client, release.reference, inputsOf)).rejects.toMatchObject({ code: 'AudienceMismatch' });
  expect((await runModel(moved, release.reference, inputsOf)).outputs).toBeDefined();
});

test('a receipt of version 2 passes without what nobody signed, and not twice in a session', async () => {
  const receipts = [
    { session: 'a1'.repeat(32), seq: 0 },
    { session: 'a2'.repeat(32), seq: 0 },
    { session: 'a1'.repeat(32), seq: 0 },
  ];
  const node = createTestNode(releases, {
    answer: async (self, head, body) => {
      const answer = await answerDoubled(self, releases, head, body);
      const { signature: _, paymentRef, ...shared } = (answer.head as GoodHead).receipt as SignedReceipt1;
      const room = { chain: 0, units: 0, tokensIn: 0, tokensOut: 0, batch: 0, salt: zeroBytes32 };
      const more = { audience: zeroBytes32, gateway: zeroAddress, extra: zeroBytes32, end: 0, payment: paymentRef };
      const unsigned = { ...shared, ...room, ...more, version: 2 as const, session: '', ...receipts.shift() };
      return {
        ...answer,
        head: { ...(answer.head as GoodHead), receipt: { ...signReceipt(unsigned, self.key), tip: 1 } },
      };
    },
  });
  await using gateway = await startTestGateway({ releases, nodes: [node], config: { anonymousCallsPerMinute: 0 } });
  const call = () => fetch(gateway.url + path, { method: 'POST', body: inputs });
  for (const session of ['a1', 'a2']) {
    const { receipt } = (await (await call()).json()) as { receipt: object };
    expect(receipt).toMatchObject({ version: 2, session: session.repeat(32), seq: 0 });
    expect(receipt).not.toHaveProperty('tip');
  }
  expect((await call()).status).toBe(502);
});
