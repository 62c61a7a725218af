import { expect, test } from 'vitest';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { requestHash } from './request-hash.ts';
import type { RequestTerms } from './request-terms.ts';
import { signRequest } from './sign-request.ts';
import { signRequestOnTerms } from './sign-request-on-terms.ts';
import { requestWindowMs, type SignedRequest } from './signed-request.ts';
import type { SignedRequest2 } from './signed-request-2.ts';
import { verifyRequest } from './verify-request.ts';

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

// Version 2

const terms: RequestTerms = {
  session: '5e'.repeat(32),
  seq: 7,
  expiresAt: now + 5,
  price: '2500',
  asset: addressOf(other),
  chain: 8453,
  payment: '9a'.repeat(32),
  units: 10,
  tokens: 4096,
  more: { note: 'grüße, 🙂' },
};
const signed2: SignedRequest2 = { ...signed, ...terms, version: 2, audience: 'one.example' };
const at = (host: string, headers: Record<string, string | string[] | undefined>, when = now) =>
  verifyRequest({ ...arrived, headers, isFor: (audience) => audience === host }, when);

test('a request of version 2 says for whom and on which terms, in headers of plain ASCII', () => {
  const signed = signRequestOnTerms(signed2, key);
  expect(signed['callable-terms']).toMatch(/^[\x20-\x7e]+$/);
  expect(at('one.example', signed)).toMatchObject({
    ok: true,
    audience: 'one.example',
    terms,
    hash: requestHash(signed2),
  });
  expect(at('one.example', signed, now + 5)).toEqual({ ok: false, reason: 'RequestExpired' });
});

test('attack: a signed request replayed at another server', () => {
  const signed = signRequestOnTerms(signed2, key);
  expect(at('two.example', signed)).toEqual({ ok: false, reason: 'AudienceMismatch' });
  // Who does not say who it is takes none.
  expect(verifyRequest({ ...arrived, headers: signed }, now)).toEqual({ ok: false, reason: 'AudienceMismatch' });
  expect(at('two.example', { ...signed, 'callable-audience': 'two.example' })).toMatchObject({ ok: false });
  expect(at('two.example', { ...signed, 'callable-audience': undefined })).toMatchObject({ ok: false });
  const { 'callable-audience': _, 'callable-terms': __, ...asVersion1 } = signed;
  expect(at('two.example', asVersion1)).toEqual({ ok: false, reason: 'SignatureInvalid' });
  // One of version 1 names nobody, and so is for none who says who it is; a reader believes it for ever.
  expect(at('two.example', headers)).toEqual({ ok: false, reason: 'AudienceMismatch' });
  expect(verifyRequest(arrived, now).ok).toBe(true);
});

test('attack: every term is signed, and one that is not is refused', () => {
  const headers = signRequestOnTerms(signed2, key);
  const { more, ...rest } = terms;
  const written = (value: object) => JSON.stringify(value, Object.keys(value).sort());
  for (const name of Object.keys(rest) as (keyof typeof rest)[]) {
    const before = rest[name];
    const after = typeof before === 'number' ? before + 1 : name === 'price' ? '2501' : before.replace(/.$/, '0');
    const altered = signRequestOnTerms({ ...signed2, [name]: after }, key)['callable-terms'];
    expect(at('one.example', { ...headers, 'callable-terms': altered })).toEqual({
      ok: false,
      reason: 'SignatureInvalid',
    });
  }
  const bare = signRequest({ ...signed, version: 2, audience: 'one.example' }, key);
  expect(bare['callable-terms']).toBeUndefined();
  expect(at('one.example', bare)).toMatchObject({ ok: true });
  const { 'callable-audience': _, ...noAudience } = bare;
  for (const text of [
    '{}',
    '',
    'null',
    '[]',
    written({ seq: 0 }),
    written({ tip: '1' }),
    '{"seq":7,"seq":8}',
    ' {"seq":7}',
    '{"extra":"00"}',
    `{"more":${'['.repeat(3000)}${']'.repeat(3000)}}`,
    '9'.repeat(20_000),
  ]) {
    expect(at('one.example', { ...bare, 'callable-terms': text })).toEqual({ ok: false, reason: 'SignatureInvalid' });
    expect(at('one.example', { ...noAudience, 'callable-terms': text })).toEqual({
      ok: false,
      reason: 'SignatureInvalid',
    });
  }
  for (const value of [written({ tip: '1' }), written({ seq: 7 })])
    expect(at('one.example', { ...arrived.headers, 'callable-terms': value })).toMatchObject({ ok: false });
  for (const value of ['', 'ONE.example', 'one.example/x', ['one.example', 'two.example']])
    expect(at('one.example', { ...bare, 'callable-audience': value })).toEqual({
      ok: false,
      reason: 'SignatureInvalid',
    });
});
