import { CallableError, digestBytes, hexOfDigest, verifyRequest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { audiences, key, sendProblem, signer, signing } from '../../test/examples.ts';
import { type Asked, sendJson, serve } from '../../test/serve.ts';
import { createClient } from './client.ts';
import { sendRequest } from './send-request.ts';

const verify = ({ method, path, headers, body }: Asked, own: string) =>
  verifyRequest(
    { method, path, headers, body: hexOfDigest(digestBytes(body)), isFor: (audience) => audience === own },
    Date.now(),
  );

test('what is signed is the very request, for this hub or this gateway alone', async () => {
  const { url, asked } = await serve((response) => response.end());
  const { hub, gateway } = audiences;
  const client = signing(url);
  await sendRequest(client, '/a?b=%C3%A9', { method: 'POST', json: { é: '\ud83d\ude00' }, sign: true });
  await sendRequest(client, '/a', { method: 'PUT', bytes: new Uint8Array([1, 2]), sign: true, audience: 'gateway' });
  expect(verify(asked[0]!, hub)).toMatchObject({ ok: true, signer, audience: hub });
  expect(verify(asked[1]!, gateway)).toMatchObject({ ok: true, signer, audience: gateway });
  expect(verify(asked[1]!, hub)).toEqual({ ok: false, reason: 'AudienceMismatch' });
  expect(verify({ ...asked[0]!, body: Buffer.from('{}') }, hub)).toEqual({ ok: false, reason: 'SignatureInvalid' });
  expect(new Set(asked.map(({ headers }) => headers['callable-nonce'])).size).toBe(2);
});

test('who signs asks once for whom, and again when another server says that it is another', async () => {
  let gateway = audiences.gateway;
  const { url, asked } = await serve((response, one) => {
    if (one.path === '/v1/gateway') return sendJson(response, { gateway });
    if (verify(one, gateway).ok) return response.end();
    return sendProblem(response, new CallableError('AudienceMismatch'));
  });
  const client = createClient(url, { key });
  const call = () => sendRequest(client, '/a', { method: 'POST', sign: 'optional', audience: 'gateway' });
  await call();
  await call();
  gateway = audiences.hub;
  await expect(call()).rejects.toMatchObject({ code: 'AudienceMismatch' });
  await call();
  const paths = ['/v1/gateway', '/a', '/a', '/a', '/v1/gateway', '/a'];
  expect(asked.map(({ path }) => path)).toEqual(paths);
  expect(asked[0]?.headers).not.toHaveProperty('callable-signature');
});

test('attack: a server that says it is another does not get what was signed for one that is known', async () => {
  const { url, asked } = await serve((response, { path }) =>
    path === '/a' ? sendProblem(response, new CallableError('AudienceMismatch')) : sendJson(response, { hub: signer }),
  );
  const client = signing(url);
  for (const _ of [1, 2])
    await expect(sendRequest(client, '/a', { sign: true })).rejects.toMatchObject({ code: 'AudienceMismatch' });
  expect(asked.map((one) => one.headers['callable-audience'])).toEqual([audiences.hub, audiences.hub]);
});

test.each(['{}', '{"hub":"me"}', 'null', '<html>'])(
  'a server that answers %s to who it is gets no signature',
  async (text) => {
    const { url, asked } = await serve((response) => response.end(text));
    await expect(sendRequest(createClient(url, { key }), '/a', { sign: true })).rejects.toMatchObject({
      code: 'HubUnreachable',
    });
    expect(asked.map(({ path }) => path)).toEqual(['/v1/network']);
  },
);

test('without a key, what must be signed is not sent, and what may be goes unsigned', async () => {
  const { url, asked } = await serve((response) => response.end());
  await expect(sendRequest(createClient(url), '/a', { sign: true })).rejects.toMatchObject({
    code: 'SignatureMissing',
  });
  await sendRequest(createClient(url), '/b', { sign: 'optional' });
  expect(asked.map(({ path, headers }) => [path, headers['callable-signature']])).toEqual([['/b', undefined]]);
});

test.each([
  ['a signed request', { sign: true }],
  ['a body', { method: 'POST', json: { secret: 1 } }],
] as const)('attack: a redirect to another host does not get %s', async (_, options) => {
  const other = await serve((response) => response.end());
  const { url, asked } = await serve((response) => response.writeHead(307, { location: `${other.url}/stolen` }).end());
  await expect(sendRequest(signing(url), '/a', options)).rejects.toMatchObject({
    code: 'HubUnreachable',
    details: { answer: { status: 307, to: `${other.url}/stolen` } },
  });
  expect(asked).toHaveLength(1);
  expect(other.asked).toHaveLength(0);
});

test('a plain question follows a redirect, and takes no key along', async () => {
  const other = await serve((response) => response.end('there'));
  const { url } = await serve((response) => response.writeHead(302, { location: `${other.url}/moved` }).end());
  expect(await (await sendRequest(signing(url), '/a')).text()).toBe('there');
  expect(Object.keys(other.asked[0]?.headers ?? {}).filter((name) => name.startsWith('callable'))).toEqual([]);
});

test('a server that is not there, and a signal that has ended already', async () => {
  const client = createClient('http://127.0.0.1:9');
  await expect(sendRequest(client, '/a')).rejects.toMatchObject({ code: 'HubUnreachable' });
  await expect(sendRequest(client, '/a', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});
