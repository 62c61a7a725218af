import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createNonceMemory, digestBytes, hexOfDigest, signRequest, toHex } from '@callable/protocol';
import { randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { forgetNonces } from '../src/nonces/forget-nonces.ts';
import { createTestPlace, startTestHub } from './start-test-hub.ts';

test('attack by signed requests without end: the memory is bounded, refuses when full and forgets no nonce early', async () => {
  await using hub = await startTestHub({ overrides: { nonces: createNonceMemory(Date.now, 2) } });
  const file = { size: 1, sha256: '0'.repeat(64), chunks: ['0'.repeat(64)] };
  const body = JSON.stringify({ files: [file] });
  const sign = () => {
    const digest = hexOfDigest(digestBytes(Buffer.from(body)));
    const request = { method: 'POST', path: '/v1/uploads', body: digest, nonce: toHex(randomBytes(32)) };
    return signRequest({ ...request, issuedAt: Date.now(), version: 2, audience: hub.ctx.rules.hub }, randomKey());
  };
  const send = async (headers: Record<string, string>) => {
    const answer = await fetch(`${hub.url}/v1/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return ((await answer.json()) as { code?: string }).code ?? answer.status;
  };
  const [first, second, third] = [sign(), sign(), sign()];
  expect([await send(first), await send(second), await send(third)]).toEqual([200, 200, 'NotReady']);
  expect(await send(first)).toBe('RequestReplayed');
});

test('a signed request to the hub is as old as its headers, however slow its body', async () => {
  let now = Date.now();
  await using hub = await startTestHub({ overrides: { clock: () => now } });
  const body = JSON.stringify({ files: [{ size: 1, sha256: '0'.repeat(64), chunks: ['0'.repeat(64)] }] });
  const digest = hexOfDigest(digestBytes(Buffer.from(body)));
  const what = { method: 'POST', path: '/v1/uploads', body: digest, nonce: '01'.repeat(32), issuedAt: now };
  const signed = { ...what, version: 2, audience: hub.ctx.rules.hub } as const;
  const headers = { ...signRequest(signed, randomKey()), 'content-type': 'application/json', expect: '100-continue' };
  const call = request(`${hub.url}/v1/uploads`, { method: 'POST', headers, agent: false });
  call.flushHeaders();
  await once(call, 'continue');
  now += 60_000;
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(200);
});

test('attack: a signed request replayed after a restart of the hub, or at its second process', async () => {
  await using place = await createTestPlace();
  const body = JSON.stringify({ files: [{ size: 1, sha256: '0'.repeat(64), chunks: ['0'.repeat(64)] }] });
  const digest = hexOfDigest(digestBytes(Buffer.from(body)));
  const what = { method: 'POST', path: '/v1/uploads', body: digest, nonce: '02'.repeat(32), issuedAt: Date.now() };
  let headers: Record<string, string> = {};
  const send = async (url: string) => {
    const sent = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`${url}/v1/uploads`, { method: 'POST', headers: sent, body });
    return ((await answer.json()) as { code?: string }).code ?? answer.status;
  };
  {
    await using hub = await startTestHub({ place });
    headers = signRequest({ ...what, version: 2, audience: hub.ctx.rules.hub }, randomKey());
    expect(await send(hub.url)).toBe(200);
  }
  await using hub = await startTestHub({ place });
  expect(await send(hub.url)).toBe('RequestReplayed');
  await hub.ctx.db
    .updateTable('nonce')
    .set({ kept_until: Date.now() - 1 })
    .execute();
  await forgetNonces(hub.ctx);
  expect(await hub.ctx.db.selectFrom('nonce').selectAll().execute()).toEqual([]);
});
