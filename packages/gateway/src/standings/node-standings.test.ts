import type { Address, Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createNodeStandings } from './node-standings.ts';

const node = '0xaa' as Address;
const release = 'sha256:1' as Digest;
const start = () => {
  let now = 0;
  const standings = createNodeStandings(() => now);
  return {
    standings,
    pass: (ms: number) => (now += ms),
    fail: (times: number) => Array.from({ length: times }, () => standings.failed(node)),
  };
};

test('five failures in a row eject for ten seconds, each further one for twice as long, up to five minutes', () => {
  const { standings, pass, fail } = start();
  fail(4);
  expect(standings.isEjected(node)).toBe(false);
  fail(1);
  for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
    pass(seconds * 1000 - 1);
    expect(standings.isEjected(node)).toBe(true);
    pass(1);
    expect(standings.isEjected(node)).toBe(false);
    fail(1);
  }
});

test('an answer in between begins the count anew', () => {
  const { standings, fail } = start();
  fail(4);
  standings.answered(node, release, 5);
  fail(4);
  expect(standings.isEjected(node)).toBe(false);
});

test('an answer that was still under way does not shorten an ejection', () => {
  const { standings } = start();
  standings.eject(node);
  standings.answered(node, release, 5);
  expect(standings.isEjected(node)).toBe(true);
});

test('latency is smoothed, kept per release, and fades so that a recovered node is tried again', () => {
  const { standings, pass } = start();
  expect(standings.latencyMs(node, release)).toBeNull();
  standings.answered(node, release, 100);
  standings.answered(node, release, 200);
  expect(standings.latencyMs(node, release)).toBe(120);
  expect(standings.latencyMs(node, 'sha256:2' as Digest)).toBeNull();
  pass(30_000);
  expect(standings.latencyMs(node, release)).toBe(60);
});

test('calls under way are counted until they end', () => {
  const { standings } = start();
  const groups = { publisher: 'p', release: 'r', network: 'n', key: 'k' };
  const ends = [standings.begin(node, groups), standings.begin(node, groups)];
  expect(standings.outstanding(node)).toBe(2);
  for (const end of ends) end();
  expect(standings.outstanding(node)).toBe(0);
});
