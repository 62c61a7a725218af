import { expect, test } from 'vitest';
import { createTurns } from './create-turns.ts';

const never = new AbortController().signal;

test('places are given in the order of asking, and one that is given up is not given twice', async () => {
  const turns = createTurns(1, 10);
  const order: number[] = [];
  const first = await turns.take(never);
  const waiting = [1, 2, 3].map(async (number) => {
    using _turn = await turns.take(never);
    order.push(number);
  });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
  expect(turns.used).toBe(0);
});

test('whoever leaves the queue does not take the place with it', async () => {
  const turns = createTurns(1, 10);
  const held = await turns.take(never);
  const leaving = new AbortController();
  const left = turns.take(leaving.signal);
  const stays = turns.take(never);
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  held[Symbol.dispose]();
  using _turn = await stays;
  expect(turns.used).toBe(1);
});

test('a queue that is full refuses at once', async () => {
  const turns = createTurns(1, 1);
  using _held = await turns.take(never);
  const waits = turns.take(AbortSignal.timeout(50));
  await expect(turns.take(never)).rejects.toMatchObject({ code: 'NodeBusy' });
  await expect(waits).rejects.toThrow();
});
