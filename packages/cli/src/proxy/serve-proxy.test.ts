import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressOf, type PrivateKey, parsePrivateKey, verifyRequest } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { serveProxy } from './serve-proxy.ts';

const key = parsePrivateKey(`0x${'11'.repeat(32)}`) as PrivateKey;
const gateway = `0x${'22'.repeat(20)}`;
const path = '/v1/run/acme/double';

/** A gateway that says who signed, behind a proxy. */
async function start(token: string | null = null) {
  const server = createServer(async (request, response) => {
    let sent = '';
    for await (const piece of request) sent += piece;
    const { url = '', method = '', headers } = request;
    if (url === '/v1/gateway') return void response.end(JSON.stringify({ gateway, software: 'x' }));
    const body = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(sent))).toString('hex');
    const verdict = verifyRequest({ method, path: url, body, headers, isFor: (who) => who === gateway }, Date.now());
    response.setHeader('access-control-allow-origin', '*');
    response.end(
      JSON.stringify({ signer: verdict.ok ? verdict.signer : verdict.reason, cookie: headers.cookie ?? null }),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { key });
  const settings = { client, key, onBehalfOf: null, relies: false, token, keep: () => undefined };
  const proxy = await serveProxy(settings, { host: '127.0.0.1', port: 0, onError: (error) => expect.fail(`${error}`) });
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const send = (headers: Record<string, string> = {}, to = path, body = '{"x":[1]}') =>
    new Promise<{ status: number; said: Record<string, unknown>; headers: object }>((resolve, reject) => {
      const { hostname, port } = new URL(proxy.url);
      const asked = ask({ hostname, port, path: to, method: 'POST', headers }, async (answer) => {
        let text = '';
        for await (const piece of answer) text += piece;
        resolve({ status: answer.statusCode ?? 0, said: JSON.parse(text), headers: answer.headers });
      });
      asked.once('error', reject);
      asked.end(body);
    });
  return send;
}

test('a call is signed with the key, and takes nothing else of the machine along', async () => {
  const send = await start();
  const { said, headers } = await send({ cookie: 'a=b' });
  expect(said).toEqual({ signer: addressOf(key), cookie: null });
  expect(headers).not.toHaveProperty('access-control-allow-origin');
  expect((await send({}, '/v2/models/acme/double/infer')).said.signer).toBe(addressOf(key));
  expect((await send({}, '/v2/repository/index')).said.signer).toBe('SignatureMissing');
});

test('attack: a page of another origin calls through the proxy, or one that the proxy itself has shown', async () => {
  const send = await start();
  for (const origin of ['https://evil.example', 'null', 'http://localhost:3000'])
    expect(await send({ origin })).toMatchObject({ status: 403, said: { code: 'PageRefused' } });
});

test('attack: DNS rebinding, a name of a stranger that leads to this machine', async () => {
  const send = await start();
  for (const host of ['evil.example', '127.0.0.1.evil.example:80', 'me@127.0.0.1', '192.168.1.7'])
    expect(await send({ host })).toMatchObject({ status: 421, said: { code: 'HostNotServed' } });
  expect((await send({ host: 'localhost:4620' })).status).toBe(200);
});

test('attack: what is no call of a model is not passed on', async () => {
  const send = await start();
  for (const to of ['/v1/statements', '/', '/v1/run/%2e%2e/statements', '/v2/./x', '/v1/gateways'])
    expect(await send({}, to)).toMatchObject({ status: 404, said: { code: 'RouteNotFound' } });
});

test('attack by another user of the machine: no call without the token', async () => {
  const send = await start('t'.repeat(20));
  for (const authorization of ['', 'Bearer', `Bearer ${'t'.repeat(21)}`])
    expect(await send({ authorization })).toMatchObject({ status: 401, said: { code: 'ProxyTokenMissing' } });
  expect((await send({ authorization: `Bearer ${'t'.repeat(20)}` })).status).toBe(200);
});
