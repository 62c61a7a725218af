import type { Address, Digest } from '@callable/protocol';
import { expect, it } from 'vitest';
import { listCandidates } from './list-candidates.ts';

const node = `0x${'aa'.repeat(20)}` as Address;
const release = `sha256:${'bb'.repeat(32)}` as Digest;
const groups = { network: 'n', within: ['p', 'r', 'n', 'k'] };

/** Whether a node of two slots is full for a call that waits so long. */
function isFull({
  outstanding,
  latencyMs,
  patienceMs,
}: {
  outstanding: number;
  latencyMs: number;
  patienceMs: number;
}) {
  const link = { node, find: () => ({ state: 'warm' }), announcement: () => ({ slots: { used: 0, limit: 2 } }) };
  const ctx = {
    ...{ links: { list: () => [link] }, config: { callsPerSlot: 1024 } },
    knownNodes: { isConvicted: () => false, find: () => ({ class: 'seed', network: null }), isOpen: false },
    comparisons: {},
    standings: {
      ...{ outstanding: () => outstanding, latencyMs: () => latencyMs, stateOf: () => 'good', hasLeft: () => false },
      hasRoom: (_: Address, room: number) => outstanding < room,
    },
  };
  return listCandidates(ctx as never, release, groups, patienceMs)[0]?.candidate.full;
}

it.each([
  ['of quick ones, hundreds may wait', { outstanding: 1000, latencyMs: 300, patienceMs: 15_000 }, false],
  [
    'of slow ones, nobody waits for longer than there is time',
    { outstanding: 64, latencyMs: 16_000, patienceMs: 15_000 },
    true,
  ],
  ['who waits longer may', { outstanding: 64, latencyMs: 16_000, patienceMs: 60_000 }, false],
  [
    'a few may always: how long they took says little',
    { outstanding: 63, latencyMs: 16_000, patienceMs: 15_000 },
    false,
  ],
  ['beyond the bound nobody, however quick', { outstanding: 2048, latencyMs: 1, patienceMs: 15_000 }, true],
])('a node with calls under way: %s', (_, at, expected) => {
  expect(isFull(at)).toBe(expected);
});
