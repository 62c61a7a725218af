import { expect, test } from 'vitest';
import { addressOf, parsePrivateKey } from '../keys/private-key.ts';
import { encodeEntry } from '../log/entry.ts';
import { GrowingTree } from '../log/growing-tree.ts';
import { hashLeaf } from '../log/merkle-hash.ts';
import { bundlePath, encodeBundle } from '../log/tiles.ts';
import { defaultPolicy } from '../policy/policy.ts';
import { signStatement } from '../statements/sign-statement.ts';
import { emptyNetworkState } from './network-state.ts';
import { readNetwork } from './read-network.ts';
import { reduceNetwork } from './reduce-network.ts';

const key = parsePrivateKey('1'.repeat(64)) as NonNullable<ReturnType<typeof parsePrivateKey>>;
const hub = addressOf(key);
const claim = { kind: 'handle.claimed', subject: 'first', body: { handle: 'first' } };
const adopt = { kind: 'policy.adopted', subject: hub, body: { policy: defaultPolicy } };

async function read(...facts: { kind: string; subject: string; body: Record<string, unknown> }[]) {
  const entries = facts.map((fact, at) =>
    encodeEntry({ loggedAt: 1000 + at, statement: signStatement({ ...fact, issuedAt: 1000 + at }, key) }),
  );
  const tree = new GrowingTree();
  for (const entry of entries) tree.append(hashLeaf(entry));
  const path = bundlePath({ index: 0, width: entries.length });
  const readFile = async (name: string) => (name === path ? encodeBundle(entries) : null);
  return readNetwork(readFile, { checkpoint: { origin: 'x', size: entries.length, root: await tree.root() } });
}

test('a log that begins with its policy reads without a fault', async () => {
  const { state, faults } = await read(adopt, claim);
  expect(faults).toEqual([]);
  expect(state.hub).toBe(hub);
});

test('a log begun before policies were in it is told so, and nobody else is taken for its hub', async () => {
  const { state, faults } = await read(claim, adopt);
  expect(faults).toEqual([{ index: 0, message: expect.stringContaining('a hub of an early version began it') }]);
  expect(state.hub).toBe(hub);
});

const rulesOf99 = { kind: 'policy.adopted', subject: hub, body: { policy: { rules: 99, fees: 'other numbers' } } };
const later = { kind: 'node.joined', subject: hub, body: { software: 'x', memoryBytes: 1, slots: 1 } };

test('rules nobody here knows end the fold at their entry, while every signature and the root are still checked', async () => {
  const { state, faults, roots } = await read(adopt, claim, rulesOf99, later, adopt);
  expect(faults).toEqual([]);
  expect(roots.size).toBe(1);
  expect(state).toMatchObject({ stop: { index: 2, rules: '99' }, size: 2, policy: defaultPolicy });
  // Nothing of what came after is folded, not even what this software would know how to fold.
  expect(state.nodes.size).toBe(0);
});

test('rules nobody here knows in the first entry leave nothing', async () => {
  const { state, faults } = await read(rulesOf99, claim);
  expect(faults).toEqual([]);
  expect(state).toMatchObject({ hub, stop: { index: 0, rules: '99' }, size: 0 });
});

test('attack: a stranger who adopts rules of version 99 stops nobody', async () => {
  const state = emptyNetworkState();
  const sign = (fact: typeof adopt, by: typeof key) => ({
    statement: signStatement({ ...fact, issuedAt: 1 }, by),
    loggedAt: 1,
  });
  const stranger = parsePrivateKey('2'.repeat(64)) as typeof key;
  for (const one of [sign(adopt, key), sign(rulesOf99 as never, stranger), sign(later as never, key)])
    reduceNetwork(state, one);
  expect(state).toMatchObject({ stop: null, size: 3 });
  expect(state.nodes.size).toBe(1);
});
