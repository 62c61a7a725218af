import { type Address, ChunkSet } from '@callable/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { chunkLeaseMs, FileBoard } from './file-board.ts';

const node = (number: number) => `0x${String(number).repeat(40)}` as Address;
const [a, b, c] = [node(1), node(2), node(3)];
const all = [0, 1, 2, 3, 4, 5, 6, 7];
let now: number;
let board: FileBoard;
beforeEach(() => {
  now = 1_000_000;
  board = new FileBoard(8, () => now);
});

const setOf = (...indexes: number[]) => {
  const set = new ChunkSet(8);
  for (const index of indexes) set.add(index);
  return set;
};
const report = (who: Address, have: ChunkSet = setOf(), working: number[] = [], url: string | null = `http://${who}`) =>
  board.report(who, { have, working, url });
const lease = (who: Address, want: number, lacking = all) => board.lease(who, lacking, want, board.holders(who));

describe('leases', () => {
  test('each chunk goes to one node at a time', () => {
    report(a);
    report(b);
    expect(lease(a, 3)).toEqual([0, 1, 2]);
    expect(lease(b, 8)).toEqual([3, 4, 5, 6, 7]);
    report(c);
    expect(lease(c, 8)).toEqual([]);
    expect(board.isUnderWay(c, all)).toBe(true);
  });

  test('what a peer has is not leased; what only an unreachable node has is', () => {
    report(a, setOf(0, 1));
    report(b, setOf(2, 3), [], null);
    report(c);
    expect(board.holders(c).map((holder) => holder.node)).toEqual([a]);
    expect(lease(c, 2)).toEqual([2, 3]);
  });

  test('a lease that is no longer named is given back, and whoever waits hears of it', async () => {
    report(a);
    lease(a, 8);
    report(b);
    const heard = board.nextChange(60_000, new AbortController().signal);
    report(a, setOf(), [0, 1]);
    await heard;
    expect(lease(b, 8)).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test('the lease of a node that vanished passes on, and that node waits behind the others', () => {
    report(a);
    lease(a, 8);
    now += chunkLeaseMs - 1;
    report(b);
    expect(lease(b, 8)).toEqual([]);
    now += 1;
    report(b);
    expect(lease(b, 8)).toEqual(all);
    report(a);
    report(b);
    expect(lease(a, 8)).toEqual([]);
  });

  test('alone, a node that came back late gets its chunks again', () => {
    report(a);
    lease(a, 8);
    now += 60_000;
    report(a);
    expect(lease(a, 8)).toEqual(all);
  });

  test('attack: a node that holds chunks for ever and never has them loses them after a minute', () => {
    report(a);
    const held = lease(a, 8);
    for (let passed = 0; passed < 60_000; passed += 5_000) {
      report(a, setOf(), held);
      report(b);
      expect(lease(b, 8)).toEqual([]);
      now += 5_000;
    }
    report(b);
    expect(lease(b, 8)).toEqual(all);
  });

  test('what nodes were leased by a hub that is gone is leased to them by the next, to each what it named first', () => {
    board.report(a, { have: setOf(), working: [0, 1], url: 'http://a', adopt: true });
    board.report(b, { have: setOf(), working: [1, 2], url: 'http://b', adopt: true });
    report(c);
    expect(lease(c, 8)).toEqual([3, 4, 5, 6, 7]);
    report(a);
    report(c, setOf(), [3, 4, 5, 6, 7]);
    expect(lease(c, 8)).toEqual([0, 1]);
  });

  test('attack: after that, what a node says to be fetching keeps nothing from others', () => {
    report(a, setOf(), all);
    report(b);
    expect(lease(b, 8)).toEqual(all);
  });

  test('a node that cannot be reached waits while one that can is fetching', () => {
    report(a);
    report(b, setOf(), [], null);
    expect(lease(b, 4)).toEqual([]);
    expect(board.isUnderWay(b, all)).toBe(true);
    now += chunkLeaseMs;
    report(b, setOf(), [], null);
    expect(lease(b, 4)).toEqual([0, 1, 2, 3]);
  });
});

describe('holders', () => {
  test('news of a reachable node wake whoever waits', async () => {
    report(a);
    lease(a, 8);
    report(b);
    const heard = board.nextChange(60_000, new AbortController().signal);
    report(a, setOf(0), [1, 2, 3, 4, 5, 6, 7]);
    await heard;
    expect(board.holders(b).map((holder) => holder.have.size)).toEqual([1]);
  });

  test('a node that was silent for half a minute is not offered', () => {
    report(a, setOf(0));
    now += 30_000;
    expect(board.holders(b)).toEqual([]);
    expect(board.countFetching()).toBe(0);
  });

  test('one that has the whole file asks no more and is offered for ten minutes', () => {
    report(a, setOf(...all));
    now += 10 * 60_000 - 1;
    expect(board.holders(b).map(({ node }) => node)).toEqual([a]);
    report(b);
    expect(lease(b, 8)).toEqual([]);
    now += 1;
    expect(board.holders(b)).toEqual([]);
  });
});
