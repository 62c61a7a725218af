import { randomBytes } from 'node:crypto';
import { digestBytes, hexOfDigest, signRequest } from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
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
