import { type Address, ChunkSet, chunkBytes, type ManifestFile } from '@callable/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { FetchPlan } from './fetch-plan.ts';

const count = 10;
const file = {
  path: 'model.onnx',
  size: count * chunkBytes,
  sha256: '0'.repeat(64),
  chunks: Array.from({ length: count }, () => '0'.repeat(64)),
} as ManifestFile;
const nodeOf = (number: number) => `0x${String(number).repeat(40)}` as Address;

let now: number;
let have: ChunkSet;
let plan: FetchPlan;
beforeEach(() => {
  now = 1000;
  have = new ChunkSet(count);
  plan = new FetchPlan(file, have, () => now, 0);
});

const hold = (indexes: number[]) => {
  for (const index of indexes) have.add(index);
};
const meet = (...nodes: number[]) =>
  plan.merge({
    origin: [],
    leaseMs: 15_000,
    peers: nodes.map((node) => ({
      node: nodeOf(node),
      url: `http://127.0.0.1:${node}`,
      have: ChunkSet.full(count).toHex(),
    })),
    fetching: 2,
    underWay: true,
  });

describe('the last chunks', () => {
  test('come from a second peer when the first is slow, once, and the slower one is called off', () => {
    hold([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    meet(1);
    const slow = plan.takeFromPeer();
    expect(slow?.index).toBe(9);
    meet(2);
    expect(plan.takeFromPeer()).toBeNull();
    now += 2001;
    const quick = plan.takeFromPeer();
    expect([quick?.index, quick?.source.node]).toEqual([9, nodeOf(2)]);
    // Not a third time, nor from the hub, however long it takes.
    now += 60_000;
    plan.alone = true;
    expect(plan.takeFromPeer()).toBeNull();
    expect(plan.takeFromOrigin()).toBeNull();
    have.add(9);
    if (quick) plan.end(quick);
    expect(slow?.overtaken.aborted).toBe(true);
    if (slow) plan.end(slow);
    expect(plan.finished.aborted).toBe(true);
    expect([...plan.inFlight]).toEqual([]);
  });

  test('come from the hub only after three times that, and one of a file that others fetch too', () => {
    hold([0, 1, 2, 3, 4, 5, 6, 7]);
    meet(1);
    plan.takeFromPeer();
    plan.takeFromPeer();
    now += 5999;
    expect(plan.takeFromOrigin()).toBeNull();
    now += 2;
    expect(plan.takeFromOrigin()?.index).toBe(8);
    expect(plan.takeFromOrigin()).toBeNull();
    plan.alone = true;
    expect(plan.takeFromOrigin()?.index).toBe(9);
  });

  test('are four at most, and not before every other chunk is under way', () => {
    plan.alone = true;
    const flights = Array.from({ length: count }, () => plan.takeFromOrigin());
    meet(1, 2);
    now += 60_000;
    expect(plan.takeFromPeer()).toBeNull();
    for (const flight of flights.slice(0, 6)) {
      if (!flight) throw new Error('nothing was taken');
      have.add(flight.index);
      plan.end(flight);
    }
    now += 600_000;
    const seconds = Array.from({ length: count }, () => plan.takeFromPeer()?.index);
    expect(seconds.filter((index) => index !== undefined)).toEqual([6, 7, 8, 9]);
  });

  test('a fetch that is slow as a whole has no slow source', () => {
    hold([0, 1, 2, 3, 4, 5, 6, 7]);
    meet(1);
    const usual = plan.takeFromPeer();
    now += 5000;
    if (usual) {
      have.add(usual.index);
      plan.end(usual);
    }
    plan.takeFromPeer();
    meet(2);
    now += 19_000;
    expect(plan.takeFromPeer()).toBeNull();
    now += 1001;
    expect(plan.takeFromPeer()?.source.node).toBe(nodeOf(2));
  });
});

describe('an aggregator', () => {
  const aggregator = () => ({
    kind: 'aggregator' as const,
    url: 'http://127.0.0.1:9',
    inFlight: 0,
    failures: 0,
    busyUntil: 0,
  });
  const fail = (failure: 'busy' | 'broken' | 'lied') => {
    const flight = plan.takeFromAggregator();
    if (!flight) return false;
    plan.blameAggregator(flight.source, failure);
    plan.end(flight);
    return true;
  };
  beforeEach(() => {
    plan.alone = true;
    plan.aggregators = [aggregator()];
  });

  test('that lies is not asked again', () => {
    expect(fail('lied')).toBe(true);
    expect(plan.aggregators).toEqual([]);
  });

  test('that fails is asked three times at most, each time after a longer pause', () => {
    expect([fail('broken'), fail('broken')]).toEqual([true, false]);
    now += 500;
    expect([fail('busy'), fail('busy')]).toEqual([true, false]);
    now += 999;
    expect(fail('busy')).toBe(false);
    now += 1;
    expect(fail('broken')).toBe(true);
    expect(plan.aggregators).toEqual([]);
  });

  test('that delivers is forgiven what it did before', () => {
    fail('broken');
    now += 500;
    const flight = plan.takeFromAggregator();
    if (!flight) throw new Error('it was not asked');
    have.add(flight.index);
    plan.end(flight);
    expect(flight.source.failures).toBe(0);
  });

  test('is asked for what is leased to this node, and for nothing else while others fetch', () => {
    plan.alone = false;
    expect(plan.takeFromAggregator()).toBeNull();
    plan.merge({ origin: [3], leaseMs: 15_000, peers: [], fetching: 2, underWay: true });
    expect(plan.takeFromAggregator()?.index).toBe(3);
    expect(plan.takeFromOrigin()).toBeNull();
  });
});
