import { addressOf, CallableError, type KeyView } from '@callable/protocol';
import { randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { createDelegationDirectory } from './delegation-directory.ts';

const [principal, key, third] = [addressOf(randomKey()), addressOf(randomKey()), addressOf(randomKey())];
const at = (ms: number) => new Date(ms).toISOString();
const allowed = { key, scopes: ['call'], notBefore: at(0), notAfter: at(9_000_000), revokedAt: null };

function open(delegations: KeyView['delegations'], address = principal) {
  const hub = { now: 1_000_000, asked: 0, view: { address, handles: [], delegations, labels: [] } as KeyView | Error };
  const directory = createDelegationDirectory({
    clock: () => hub.now,
    lookUp: async () => {
      hub.asked++;
      if (hub.view instanceof Error) throw hub.view;
      return hub.view;
    },
  });
  const check = (one = key, other = principal) =>
    directory.checkMayCall(one, other).then(
      () => 'may',
      (error: CallableError) => error.code,
    );
  return { hub, check };
}

test('a delegate may call; many calls at once ask the hub once, and it is asked again after two seconds', async () => {
  const { hub, check } = open([allowed]);
  expect(await Promise.all(Array.from({ length: 50 }, () => check()))).toEqual(Array(50).fill('may'));
  expect(hub.asked).toBe(1);
  hub.now += 1_999;
  expect([await check(), hub.asked]).toEqual(['may', 1]);
  hub.now += 1;
  expect([await check(), hub.asked]).toEqual(['may', 2]);
});

test('everybody calls in their own name, and no hub is asked', async () => {
  const { hub, check } = open([]);
  expect([await check(principal), hub.asked]).toEqual(['may', 0]);
});

test.each([
  ['another scope', [{ ...allowed, scopes: ['publish', 'operate'] }]],
  ['a scope of a later version', [{ ...allowed, scopes: ['call-all'] }]],
  ['a delegation that is over', [{ ...allowed, notAfter: at(1_000_000) }]],
  ['one that has not begun', [{ ...allowed, notBefore: at(1_000_001) }]],
  ['one that was revoked', [{ ...allowed, revokedAt: at(1_000_000) }]],
  ['a time that is none', [{ ...allowed, notAfter: 'never' }]],
  ['a delegation to somebody else', [{ ...allowed, key: third }]],
  ['none', []],
])('attack by a key: %s lets it not call', async (_, delegations) => {
  expect(await open(delegations).check()).toBe('DelegationMissing');
});

test('attack by a hub: the word of another principal is not heard', async () => {
  expect(await open([allowed], third).check()).toBe('DelegationMissing');
});

test('a revocation is heard within two seconds; what was refused is asked again as soon', async () => {
  const { hub, check } = open([allowed]);
  expect(await check()).toBe('may');
  hub.view = { address: principal, handles: [], delegations: [{ ...allowed, revokedAt: at(hub.now) }], labels: [] };
  hub.now += 2_000;
  expect(await check()).toBe('DelegationMissing');
  hub.view = { address: principal, handles: [], delegations: [allowed], labels: [] };
  hub.now += 2_000;
  expect(await check()).toBe('may');
});

test('while the hub is away what it said last holds for ten minutes, and nobody new may call', async () => {
  const { hub, check } = open([allowed]);
  expect(await check()).toBe('may');
  hub.view = new CallableError('HubUnreachable');
  hub.now += 599_999;
  expect(await check()).toBe('may');
  expect(await check(third)).toBe('DelegationMissing');
  expect(await check(key, third)).toBe('HubUnreachable');
  hub.now += 1;
  expect(await check()).toBe('HubUnreachable');
  hub.view = new Error('a bug');
  expect(await check()).toBe('HubUnreachable');
});
