import { digestBytes, hexOfDigest, verifyRequest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { signer, signing } from '../../test/examples.ts';
import { type Asked, serve } from '../../test/serve.ts';
import { createClient } from './client.ts';
import { sendRequest } from './send-request.ts';

const verify = ({ method, path, headers, body }: Asked, host: string) =>
  verifyRequest(
    { method, path, headers, body: hexOfDigest(digestBytes(body)), isOwnHost: (name) => name === host },
    Date.now(),
  );

test('what is signed is the very request, for this host alone where it goes to a gateway', async () => {
  const { url, host, asked } = await serve((response) => response.end());
  const client = signing(url);
  await sendRequest(client, '/a?b=%C3%A9', { method: 'POST', json: { é: '\ud83d\ude00' }, sign: true });
  await sendRequest(client, '/a', { method: 'PUT', bytes: new Uint8Array([1, 2]), sign: true, toGateway: true });
  await sendRequest({ ...client, callVersion: 1 }, '/a', { sign: 'optional', toGateway: true });
  const [first, second, third] = asked.map((one) => verify(one, host));
  expect(first).toMatchObject({ ok: true, signer });
  expect(first).not.toHaveProperty('audience');
  expect(second).toMatchObject({ ok: true, signer, audience: host });
  expect(third).not.toHaveProperty('audience');
  expect(verify(asked[1]!, 'other.example')).toEqual({ ok: false, reason: 'AudienceMismatch' });
  expect(verify({ ...asked[0]!, body: Buffer.from('{}') }, host)).toEqual({ ok: false, reason: 'SignatureInvalid' });
  expect(new Set(asked.map(({ headers }) => headers['callable-nonce'])).size).toBe(3);
});

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
    message: `${url} does not answer (unexpected redirect).`,
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
