import { expect, test } from 'vitest';
import type { ModelName } from '../identity/names.ts';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { emptyNetworkState } from '../network/network-state.ts';
import { reduceNetwork } from '../network/reduce-network.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import { signStatement } from '../statements/sign-statement.ts';
import { aliasSubject } from './alias.ts';

function keyOf(digit: string): PrivateKey {
  const key = parsePrivateKey(digit.repeat(64));
  if (!key) throw new Error('That is no key.');
  return key;
}
const hub = keyOf('1');
const alice = keyOf('2');
const bob = keyOf('3');
const helper = keyOf('4');
type Entry = [key: PrivateKey, kind: string, subject: string, body: Record<string, unknown>];
const address = addressOf(alice);
const subject = aliasSubject(address, 'latest' as ModelName);

function fold(...entries: Entry[]) {
  const state = emptyNetworkState(addressOf(hub));
  entries.forEach(([key, kind, about, body], index) => {
    const at = 1000 * (index + 1);
    const statement = signStatement({ kind, subject: about, body, issuedAt: at }, key);
    reduceNetwork(state, { statement, loggedAt: at } satisfies LoggedStatement);
  });
  return state;
}
const alias = (target: string | null, publisher = address, name = 'latest') => ({ publisher, name, target });
const label = (attached = true, more = {}) => ({ label: 'malware', attached, note: 'reads files', ...more });

test('an alias goes to the target its publisher last named, until it ends', () => {
  expect(fold([alice, 'model.aliased', subject, alias('bob/iris')]).aliases.get(subject)?.target).toBe('bob/iris');
  const moved = fold(
    [alice, 'model.aliased', subject, alias('bob/iris')],
    [alice, 'model.aliased', subject, alias('bob/iris@2.0.0')],
  );
  expect(moved.aliases.get(subject)?.target).toBe('bob/iris@2.0.0');
  expect(
    fold([alice, 'model.aliased', subject, alias('bob/iris')], [alice, 'model.aliased', subject, alias(null)]).aliases
      .size,
  ).toBe(0);
});

test('attack: an alias over the name of another changes nothing in the fold', () => {
  expect(fold([bob, 'model.aliased', subject, alias('bob/evil')]).aliases.size).toBe(0);
  expect(fold([bob, 'model.aliased', subject, alias('bob/evil', addressOf(bob))]).aliases.size).toBe(0);
  expect(
    fold([alice, 'model.aliased', subject, alias('bob/iris')], [bob, 'model.aliased', subject, alias(null)]).aliases
      .size,
  ).toBe(1);
});

test('attack: an alias to itself, or to what is no reference, changes nothing', () => {
  for (const target of [subject, 'iris', '../x', `a/b@sha256:${'0'.repeat(64)}`])
    expect(fold([alice, 'model.aliased', subject, alias(target)]).aliases.size, target).toBe(0);
});

test('attack: a delegate sets aliases while its delegation stands, and not after its revocation', () => {
  const delegated = { key: addressOf(helper), scopes: ['publish'], notBefore: 0, notAfter: 1e9 };
  const grant: Entry = [alice, 'key.delegated', address, delegated];
  const set: Entry = [helper, 'model.aliased', subject, alias('bob/iris')];
  const revoke: Entry = [alice, 'key.revoked', address, { key: addressOf(helper) }];
  expect(fold(grant, set).aliases.size).toBe(1);
  expect(fold(grant, set, revoke).aliases.size).toBe(1);
  expect(fold(grant, revoke, set).aliases.size).toBe(0);
  expect(fold([alice, 'key.delegated', address, { ...delegated, scopes: ['operate'] }], set).aliases.size).toBe(0);
});

test('a label counts since it was first attached, and goes when it is taken back', () => {
  const [once] = [
    ...fold([bob, 'label.attached', 'alice', label()], [bob, 'label.attached', 'alice', label()]).labels.values(),
  ];
  expect(once).toMatchObject({
    subject: 'alice',
    label: 'malware',
    signer: addressOf(bob),
    since: 1000,
    expiresAt: null,
  });
  const anew = fold(
    [bob, 'label.attached', 'alice', label(true, { expiresAt: 1500 })],
    [bob, 'label.attached', 'alice', label()],
  );
  expect([...anew.labels.values()][0]?.since).toBe(2000);
  expect(
    fold([bob, 'label.attached', 'alice', label()], [bob, 'label.attached', 'alice', label(false)]).labels.size,
  ).toBe(0);
});

test('attack: nobody takes back the label of another', () => {
  expect(
    fold([bob, 'label.attached', 'alice', label()], [alice, 'label.attached', 'alice', label(false)]).labels.size,
  ).toBe(1);
});
