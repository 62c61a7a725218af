import { expect, test } from 'vitest';
import { canonicalBytes } from '../json/canonical-json.ts';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { Check } from '../schema/check.ts';
import { statementKinds } from './kinds/statement-kinds.ts';
import { signStatement } from './sign-statement.ts';
import { maxClockSkewMs, maxStatementBytes, Statement, statementId } from './statement.ts';
import { verifyStatement } from './verify-statement.ts';

const key = parsePrivateKey('11'.repeat(32)) as PrivateKey;
const other = parsePrivateKey('22'.repeat(32)) as PrivateKey;
const now = 1_790_000_000_000;
const fact = {
  kind: 'handle.claimed',
  subject: 'alice',
  body: { handle: 'alice' } as Record<string, unknown>,
  issuedAt: now,
};
const statement = signStatement(fact, key);
const invalid = { ok: false, reason: 'SignatureInvalid' };

test('a statement is what its signer signed', () => {
  expect(Check(Statement, statement)).toBe(true);
  expect(verifyStatement(statement, now)).toEqual({ ok: true });
  expect(verifyStatement(JSON.parse(JSON.stringify(statement)), now)).toEqual({ ok: true });
});

test.each<[string, Partial<Statement>]>([
  ['another kind', { kind: 'node.joined' }],
  ['another subject', { subject: 'mallory' }],
  ['another body', { body: { handle: 'mallory' } }],
  ['a further field in the body', { body: { handle: 'alice', more: 1 } }],
  ['another time', { issuedAt: now - 1 }],
  ['another signer', { signer: addressOf(other) }],
  ["another statement's signature", { signature: signStatement({ ...fact, subject: 'bob' }, key).signature }],
  ['a signature of zeros', { signature: `0x${'0'.repeat(130)}` }],
])('attack: altered to %s', (_, change) => {
  expect(verifyStatement({ ...statement, ...change }, now)).toEqual(invalid);
});

test('the order of members in the body does not matter, on the wire they may come in any', () => {
  const body = { b: 1, a: { d: 2, c: 3 } };
  const signed = signStatement({ ...fact, body }, key);
  expect(verifyStatement({ ...signed, body: { a: { c: 3, d: 2 }, b: 1 } }, now)).toEqual({ ok: true });
});

test('attack: dated in the future, to stay fresh for longer', () => {
  const ahead = (by: number) => verifyStatement(signStatement({ ...fact, issuedAt: now + by }, key), now);
  expect(ahead(maxClockSkewMs)).toEqual({ ok: true });
  expect(ahead(maxClockSkewMs + 1)).toEqual({ ok: false, reason: 'StatementFutureDated' });
});

test('attack: too large for an entry of the log, by one byte', () => {
  const sized = (bytes: number) => {
    const padded = (length: number) => signStatement({ ...fact, body: { text: 'x'.repeat(length) } }, key);
    return padded(bytes - canonicalBytes(padded(0)).length);
  };
  expect(canonicalBytes(sized(maxStatementBytes))).toHaveLength(maxStatementBytes);
  expect(verifyStatement(sized(maxStatementBytes), now)).toEqual({ ok: true });
  expect(verifyStatement(sized(maxStatementBytes + 1), now)).toEqual({ ok: false, reason: 'StatementTooLarge' });
  expect(verifyStatement(signStatement({ ...fact, body: { text: 'ü'.repeat(30_000) } }, key), now)).toEqual({
    ok: false,
    reason: 'StatementTooLarge',
  });
});

test.each([
  ['a number beyond doubles', '{"a":1e999}'],
  ['a lone surrogate', '{"a":"\\ud800"}'],
  ['nesting a hundred thousand deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
])('attack: %s in the body is refused, not thrown', (_, body) => {
  const hostile = { ...statement, body: JSON.parse(body) };
  expect(Check(Statement, hostile)).toBe(true);
  expect(verifyStatement(hostile, now)).toEqual({ ok: false, reason: 'StatementInvalid' });
});

test.each<[string, object]>([
  ['a subject with a NUL, which no database takes', { subject: 'a\0b' }],
  ['a subject with a line break', { subject: 'a\nb' }],
  ['an empty subject', { subject: '' }],
  ['a subject too long', { subject: 'a'.repeat(121) }],
  ['a body that is a list', { body: [] }],
  ['a member of the body named __proto__', { body: JSON.parse('{"__proto__":1}') }],
  ['a member of the body with a line break in its name', { body: { 'a\nb': 1 } }],
  ['a kind of its own grammar', { kind: 'Handle.Claimed' }],
  ['a time no date can name', { issuedAt: 8.64e15 + 1 }],
  ['a time between milliseconds', { issuedAt: 0.5 }],
  ['a checksummed signer', { signer: addressOf(key).toUpperCase() }],
  ['a shouted signature', { signature: statement.signature.toUpperCase() }],
  ['a further field', { seq: 1 }],
])('%s does not fit the schema', (_, change) => {
  expect(Check(Statement, { ...statement, ...change })).toBe(false);
});

test('the identity of a statement is all but its signature', () => {
  expect(statementId({ ...statement, signature: `0x${'1'.repeat(130)}` } as Statement)).toBe(statementId(statement));
  for (const change of [{ kind: 'a.b' }, { subject: 'b' }, { body: {} }, { issuedAt: 1 }, { signer: addressOf(other) }])
    expect(statementId({ ...statement, ...change })).not.toBe(statementId(statement));
});

test('the body of every kind takes further fields, so that an older reader understands a newer writer', () => {
  for (const { body } of Object.values(statementKinds)) expect(body).not.toHaveProperty('additionalProperties');
  expect(Check(statementKinds['handle.claimed'].body, { handle: 'alice', since: 2027 })).toBe(true);
});

test('counts in the body of a statement are never negative or beyond doubles', () => {
  const called = { signed: 0, keyless: 0, own: 0, failed: 0, callers: 0, lastGoodAt: null };
  expect(Check(statementKinds['release.called'].body, called)).toBe(true);
  for (const count of [-1, 0.5, 1e300, null])
    expect(Check(statementKinds['release.called'].body, { ...called, signed: count })).toBe(false);
});
