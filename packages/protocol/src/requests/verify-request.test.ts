import { expect, test } from 'vitest';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { signRequest } from './sign-request.ts';
import { requestWindowMs, type SignedRequest } from './signed-request.ts';
import { requestHash, verifyRequest } from './verify-request.ts';

const key = parsePrivateKey('11'.repeat(32)) as PrivateKey;
const other = parsePrivateKey('22'.repeat(32)) as PrivateKey;
const now = 1_790_000_000_000;
const signed: SignedRequest = {
  method: 'POST',
  path: '/v1/run/alice/iris',
  body: 'ab'.repeat(32),
  nonce: '01'.repeat(32),
  issuedAt: now,
};
const headers = signRequest(signed, key);
const arrived = { method: signed.method, path: signed.path, body: signed.body, headers };
const refused = (change: Partial<typeof arrived>, at = now) => verifyRequest({ ...arrived, ...change }, at);
const withHeader = (name: string, value: string | string[] | undefined) =>
  verifyRequest({ ...arrived, headers: { ...headers, [name]: value } }, now);

test('a request as it was signed is the word of its signer', () => {
  expect(verifyRequest(arrived, now)).toEqual({
    ok: true,
    signer: addressOf(key),
    nonce: signed.nonce,
    issuedAt: now,
    hash: requestHash(signed),
  });
});

test.each([
  ['another path', { path: '/v1/run/alice/other' }],
  ['another query', { path: '/v1/run/alice/iris?x=1' }],
  ['another method', { method: 'DELETE' }],
  ['another body', { body: 'cd'.repeat(32) }],
  ['a body that is no hash', { body: 'x' }],
  ['a path with a lone surrogate', { path: '\ud800' }],
])('attack: replayed onto %s', (_, change) => {
  expect(refused(change)).toEqual({ ok: false, reason: 'SignatureInvalid' });
});

test.each<[string, string, string | string[] | undefined, string]>([
  ['another signer', 'callable-signer', addressOf(other), 'SignatureInvalid'],
  ['no signer', 'callable-signer', undefined, 'SignatureMissing'],
  ['a signer that is no address', 'callable-signer', 'alice', 'SignatureMissing'],
  ['no signature', 'callable-signature', undefined, 'SignatureMissing'],
  ['two signatures', 'callable-signature', [headers['callable-signature'] as string, 'x'], 'SignatureMissing'],
  ['an empty signature', 'callable-signature', '', 'SignatureInvalid'],
  [
    'a signature of something else',
    'callable-signature',
    signRequest({ ...signed, path: '/' }, key)['callable-signature'],
    'SignatureInvalid',
  ],
  [
    'a signature in other letters',
    'callable-signature',
    (headers['callable-signature'] as string).toUpperCase(),
    'SignatureInvalid',
  ],
  ['another nonce', 'callable-nonce', '02'.repeat(32), 'SignatureInvalid'],
  ['a nonce in other letters', 'callable-nonce', 'AB'.repeat(32), 'SignatureInvalid'],
  ['no nonce', 'callable-nonce', undefined, 'SignatureInvalid'],
  ['another time', 'callable-issued-at', String(now + 1), 'SignatureInvalid'],
  ['no time', 'callable-issued-at', undefined, 'SignatureInvalid'],
  ['an empty time', 'callable-issued-at', '', 'SignatureInvalid'],
  ['a time with a sign', 'callable-issued-at', `+${now}`, 'SignatureInvalid'],
  ['a time with an exponent', 'callable-issued-at', '179e10', 'SignatureInvalid'],
  ['a hexadecimal time', 'callable-issued-at', `0x${now.toString(16)}`, 'SignatureInvalid'],
  ['a padded time', 'callable-issued-at', ` ${now}`, 'SignatureInvalid'],
  ['a time that never comes', 'callable-issued-at', '9'.repeat(400), 'SignatureInvalid'],
  ['a negative time', 'callable-issued-at', '-1', 'SignatureInvalid'],
])('attack: %s', (_, name, value, reason) => {
  expect(withHeader(name, value)).toEqual({ ok: false, reason });
});

test('the window is exact: ahead by all of it, behind by less', () => {
  expect(refused({}, now - requestWindowMs)).toMatchObject({ ok: true });
  expect(refused({}, now - requestWindowMs - 1)).toEqual({ ok: false, reason: 'RequestExpired' });
  expect(refused({}, now + requestWindowMs - 1)).toMatchObject({ ok: true });
  expect(refused({}, now + requestWindowMs)).toEqual({ ok: false, reason: 'RequestExpired' });
});

test('attack: a nonce kept for two windows is not forgotten while its request is still good', () => {
  const first = now - requestWindowMs;
  expect(refused({}, first)).toMatchObject({ ok: true });
  expect(refused({}, first + 2 * requestWindowMs)).toMatchObject({ ok: false });
});
