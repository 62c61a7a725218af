import type { Address, Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { callGroups } from './call-groups.ts';
import { createNodeStandings } from './node-standings.ts';

const node = '0xaa' as Address;
const release = 'sha256:1' as Digest;
const groups = callGroups({ publisher: 'p', release: 'r', network: 'n', key: 'k' });
const start = () => {
  let now = 1_000_000;
  const standings = createNodeStandings(() => now);
  return {
    standings,
    pass: (ms: number) => (now += ms),
    fail: (times: number) => {
      for (let n = 0; n < times; n++) {
        const end = standings.begin(node, groups);
        standings.failed(node);
        end();
      }
    },
    /** A link that breaks with so many calls under way. */
    lose: (calls: number, link: object = {}) => {
      const ends = Array.from({ length: calls }, () => standings.begin(node, groups));
      for (const end of ends) {
        standings.lost(node, link);
        end();
      }
    },
  };
};

test('five failures in a row eject for ten seconds, each further one for twice as long, up to five minutes', () => {
  const { standings, pass, fail } = start();
  fail(4);
  expect(standings.isEjected(node)).toBe(false);
  fail(1);
  for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
    pass(seconds * 1000 - 1);
    expect(standings.stateOf(node)).toBe('failed');
    pass(1);
    expect(standings.stateOf(node)).toBe('trial');
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

test('nothing is added while a node is out', () => {
  const { standings, pass, fail } = start();
  fail(5 + 16);
  pass(10_000);
  expect(standings.isEjected(node)).toBe(false);
});

test('when its time is over one call is the trial, and its answer takes the node back in full', () => {
  const { standings, pass, fail } = start();
  fail(5);
  pass(10_000);
  const end = standings.begin(node, groups);
  expect(standings.isEjected(node)).toBe(true);
  standings.answered(node, release, 0);
  end();
  expect(standings.stateOf(node)).toBe('good');
  fail(4);
  expect(standings.isEjected(node)).toBe(false);
});

test('a trial of which nothing comes leaves the next call to be one', () => {
  const { standings, fail, pass } = start();
  fail(5);
  pass(10_000);
  const end = standings.begin(node, groups);
  standings.took(node, release, 5);
  end();
  expect(standings.stateOf(node)).toBe('trial');
});

test('an answer to a call from before the ejection does not shorten it, one from a panic ends it', () => {
  const { standings, fail, pass } = start();
  fail(5);
  pass(100);
  standings.answered(node, release, 101);
  expect(standings.stateOf(node)).toBe('failed');
  standings.answered(node, release, 99);
  expect(standings.stateOf(node)).toBe('good');
});

test('one lost link is one incident, however many calls broke with it, and the node is tried when it is back', () => {
  const { standings, lose, pass } = start();
  lose(16);
  pass(1300);
  standings.linked(node);
  expect(standings.stateOf(node)).toBe('trial');
  const end = standings.begin(node, groups);
  expect(standings.stateOf(node)).toBe('failed');
  standings.answered(node, release, 0);
  end();
  expect(standings.stateOf(node)).toBe('good');
});

test('a new link ends an ejection for failures: one call tries it', () => {
  const { standings, fail } = start();
  fail(5);
  standings.linked(node);
  expect(standings.stateOf(node)).toBe('trial');
});

test('attack by a node: dialling again and again draws two trials, and then the ejection passes first', () => {
  const { standings, lose, pass } = start();
  let trials = 0;
  for (let n = 0; n < 1000; n++) {
    standings.linked(node);
    if (standings.stateOf(node) === 'trial') trials++;
    if (!standings.isEjected(node)) lose(1);
    pass(10);
  }
  expect(trials).toBe(3);
});

test('a node that falls silent is out until it is heard, and then tried by one call; all of it is one incident', () => {
  const { standings, lose } = start();
  const link = {};
  for (let n = 0; n < 3; n++) standings.fellSilent(node, link);
  expect(standings.stateOf(node)).toBe('failed');
  standings.heard(node, link);
  expect(standings.stateOf(node)).toBe('trial');
  standings.fellSilent(node, link);
  lose(8, link);
  standings.linked(node);
  expect(standings.stateOf(node)).toBe('trial');
});

test('a lie ejects at once, and neither an answer nor a new link shortens that; each further one is longer', () => {
  const { standings, pass } = start();
  for (const seconds of [10, 20, 40]) {
    standings.ejectForLie(node);
    standings.answered(node, release, 0);
    standings.linked(node);
    pass(seconds * 1000 - 1);
    expect(standings.stateOf(node)).toBe('lied');
    pass(1);
    expect(standings.stateOf(node)).toBe('trial');
    standings.answered(node, release, 0);
    expect(standings.stateOf(node)).toBe('good');
  }
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
  const ends = [standings.begin(node, groups), standings.begin(node, groups)];
  expect(standings.outstanding(node)).toBe(2);
  for (const end of ends) end();
  expect(standings.outstanding(node)).toBe(0);
});

test('attack by a node: an error that is claimed at once is no fast answer, and counts as slow until it answers again', () => {
  const { standings } = start();
  const other = '0xbb' as Address;
  standings.answered(node, release, 20);
  standings.claimedError(node, release, 0);
  expect(standings.latencyMs(node, release)).toBe(40);
  for (let n = 0; n < 50; n++) standings.claimedError(node, release, 0);
  expect(standings.latencyMs(node, release)).toBe(20 * 64);
  standings.answered(node, release, 20);
  expect(standings.latencyMs(node, release)).toBe(20 * 32);
  standings.claimedError(other, release, 0);
  expect(standings.latencyMs(other, release)).toBe(2_000);
});

test('how slow a node was while it was frozen says nothing of it when it is there again', () => {
  const { standings, pass } = start();
  const link = {};
  standings.answered(node, release, 5);
  const end = standings.begin(node, groups);
  standings.fellSilent(node, link);
  pass(10_000);
  standings.heard(node, link);
  // What it was asked before comes late.
  pass(1);
  standings.answered(node, release, 10_001);
  end();
  expect(standings.latencyMs(node, release)).toBeNull();
  pass(10);
  standings.answered(node, release, 6);
  expect(standings.latencyMs(node, release)).toBe(6);
});
