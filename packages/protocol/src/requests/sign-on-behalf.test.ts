import { expect, test } from 'vitest';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { onBehalfOf } from './on-behalf-of.ts';
import { signOnBehalf } from './sign-on-behalf.ts';
import { signRequestOnTerms } from './sign-request-on-terms.ts';
import { verifyRequest } from './verify-request.ts';

const key = parsePrivateKey(`0x${'11'.repeat(32)}`) as PrivateKey;
const principal = addressOf(parsePrivateKey(`0x${'22'.repeat(32)}`) as PrivateKey);
const call = { method: 'POST', path: '/v1/run/a/b', body: 'ab'.repeat(32), nonce: '01'.repeat(32), issuedAt: 1000 };
const request = { ...call, version: 2, audience: 'one.example' } as const;
const verify = (headers: Record<string, string>) =>
  verifyRequest({ ...call, headers, isFor: () => true }, call.issuedAt);

test.each([false, true])('says in whose name it was signed, as terms of any kind would (relies: %s)', (relies) => {
  const headers = signOnBehalf(request, { principal, relies }, key);
  const more = { onBehalfOf: principal, ...(relies ? { relies } : {}) };
  expect(headers).toEqual(signRequestOnTerms({ ...request, more }, key));
  const verdict = verify(headers);
  expect(verdict).toMatchObject({ ok: true, signer: addressOf(key) });
  expect(verdict.ok && onBehalfOf(verdict.terms)).toBe(principal);
});

test('attack: a name that was not signed is not heard', () => {
  const headers = signOnBehalf(request, { principal, relies: false }, key);
  const other = { ...headers, 'callable-terms': `{"more":{"onBehalfOf":"${addressOf(key)}"}}` };
  expect(verify(other)).toEqual({ ok: false, reason: 'SignatureInvalid' });
});

test.each([
  [undefined, null],
  [{}, null],
  [{ onBehalfOf: principal }, principal],
  [{ onBehalfOf: principal.toUpperCase() }, 'invalid'],
  [{ onBehalfOf: null }, 'invalid'],
  [{ onBehalfOf: [principal] }, 'invalid'],
  [Object.create({ onBehalfOf: principal }), null],
])('of %j the name is %s', (more, name) => {
  expect(onBehalfOf({ more })).toBe(name);
  expect(onBehalfOf(null)).toBeNull();
});
