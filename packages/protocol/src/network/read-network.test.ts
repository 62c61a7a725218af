import { expect, test } from 'vitest';
import { addressOf, parsePrivateKey } from '../keys/private-key.ts';
import { encodeEntry } from '../log/entry.ts';
import { GrowingTree } from '../log/growing-tree.ts';
import { hashLeaf } from '../log/merkle-hash.ts';
import { bundlePath, encodeBundle } from '../log/tiles.ts';
import { defaultPolicy } from '../policy/policy.ts';
import { signStatement } from '../statements/sign-statement.ts';
import { readNetwork } from './read-network.ts';

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
