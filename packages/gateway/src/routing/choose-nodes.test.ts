import type { Address, Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import type { Candidate } from '../standings/candidate.ts';
import { chooseNodes } from './choose-nodes.ts';

const release = `sha256:${'ab'.repeat(32)}` as Digest;
const candidate = (node: string, changes: Partial<Candidate> = {}): Candidate => ({
  node: node as Address,
  rank: 'standing',
  proven: true,
  network: null,
  state: 'warm',
  quarantined: null,
  draining: false,
  full: false,
  health: 'good',
  outstanding: 0,
  latencyMs: 10,
  ...changes,
});
const order = (...candidates: Candidate[]) => chooseNodes(candidates, release);

test('warm before cached, however busy', () => {
  expect(order(candidate('cold', { state: 'cached', latencyMs: 1 }), candidate('warm', { outstanding: 50 }))).toEqual([
    'warm',
    'cold',
  ]);
});

test('least (outstanding + 1) × latency among the warm', () => {
  const fast = candidate('fast', { outstanding: 3, latencyMs: 10 });
  const slow = candidate('slow', { outstanding: 0, latencyMs: 35 });
  const idle = candidate('idle', { outstanding: 1, latencyMs: 25 });
  expect(order(idle, fast, slow)).toEqual(['slow', 'fast', 'idle']);
});

test('a node without a record counts as the fastest, so it is tried', () => {
  expect(order(candidate('known', { outstanding: 1 }), candidate('new', { latencyMs: null }))).toEqual([
    'new',
    'known',
  ]);
  expect(order(candidate('a', { latencyMs: null }))).toEqual(['a']);
});

test('times below a millisecond do not make load invisible', () => {
  expect(order(candidate('busy', { outstanding: 9, latencyMs: 0 }), candidate('idle', { latencyMs: 0 }))).toEqual([
    'idle',
    'busy',
  ]);
});

test.each([{ quarantined: 'three crashes' }, { draining: true }, { full: true }, { health: 'lied' as const }])(
  'nodes that are %o are left out, also when no other is left',
  (changes) => {
    expect(order(candidate('out', changes))).toEqual([]);
  },
);

test('a node that does not hold the release is left out', () => {
  expect(order(candidate('out', { state: null }))).toEqual([]);
});

test('cold nodes come in an order every gateway finds alike, other for other releases, stable when one leaves', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'].map((name) => candidate(name, { state: 'cached' }));
  const first = order(...nodes);
  expect(order(...[...nodes].reverse())).toEqual(first);
  const without = order(...nodes.filter(({ node }) => node !== first[2]));
  expect(without).toEqual(first.filter((node) => node !== first[2]));
  const others = Array.from({ length: 20 }, (_, index) => chooseNodes(nodes, `sha256:${index}` as Digest)[0]);
  expect(new Set(others).size).toBeGreaterThan(2);
});

test('a node on trial is asked first, so that it comes back at once', () => {
  const idle = candidate('idle', { latencyMs: 1 });
  expect(order(idle, candidate('back', { health: 'trial', latencyMs: 500 }))).toEqual(['back', 'idle']);
});

test('nodes that failed are left out while half of all are good, and are the last resort when fewer are', () => {
  const failed = ['x', 'y', 'z'].map((name) => candidate(name, { health: 'failed', latencyMs: 1 }));
  const good = ['a', 'b', 'c'].map((name) => candidate(name, { outstanding: 9 }));
  expect(order(...failed, ...good)).toEqual(['a', 'b', 'c']);
  expect(order(...failed, ...good.slice(1))).toEqual(['b', 'c', 'x', 'y', 'z']);
  expect(order(failed[0]!)).toEqual(['x']);
  expect(order(failed[0]!, candidate('full', { full: true }))).toEqual([]);
});

test('attack by a node: who lied does not come back in the panic in which all others have failed', () => {
  const failed = candidate('failed', { health: 'failed' });
  expect(order(failed, candidate('liar', { health: 'lied' }), candidate('liar2', { health: 'lied' }))).toEqual([
    'failed',
  ]);
});

test('a later rank is asked only where none of an earlier one could answer, busy or not', () => {
  const unknown = candidate('unknown', { rank: 'unknown', latencyMs: 1 });
  const newcomer = candidate('newcomer', { rank: 'newcomer', latencyMs: 1 });
  expect(order(unknown, newcomer, candidate('known'))).toEqual(['known']);
  expect(order(unknown, newcomer, candidate('busy', { full: true }))).toEqual([]);
  expect(order(unknown, newcomer, candidate('leaving', { draining: true }))).toEqual(['newcomer']);
  expect(order(unknown, candidate('liar', { rank: 'newcomer', health: 'lied' }))).toEqual(['unknown']);
});

test('who was compared is asked before who was not, also cold before warm', () => {
  const fast = candidate('unproven', { proven: false, latencyMs: 1 });
  expect(order(fast, candidate('proven', { state: 'cached' }))).toEqual(['proven', 'unproven']);
});

test('attack by one network: its calls count together, and the second to be asked is of another', () => {
  const many = ['a', 'b', 'c'].map((name) => candidate(name, { network: 'evil', outstanding: 2 }));
  expect(order(...many, candidate('one', { outstanding: 4, network: 'n' }))).toEqual(['one', 'a', 'b', 'c']);
  expect(order(...many, candidate('one', { outstanding: 8, network: 'n' })).slice(0, 2)).toEqual(['a', 'one']);
});

test('attack by a key that nobody knows: it never counts as the fastest', () => {
  const unknown = (node: string, latencyMs: number | null) => candidate(node, { rank: 'unknown', latencyMs });
  expect(order(unknown('fast', 5), unknown('slow', 50), unknown('new', null))[0]).toBe('fast');
});
