import { expect, it } from 'vitest';
import { createGrowth } from './create-growth.ts';

it('half of the budget is for growth, a quarter for one publisher and for callers of one network', () => {
  const growth = createGrowth(1000);
  expect(growth.roomFor(['publisher a', 'network 1'])).toBe(250);
  const giveBack = growth.take(200, ['publisher a', 'network 1']);
  expect(growth.roomFor(['publisher a', 'network 2'])).toBe(50);
  expect(growth.roomFor(['publisher b', 'network 1'])).toBe(50);
  expect(growth.roomFor(['publisher b', 'network 2'])).toBe(250);
  giveBack();
  giveBack();
  expect(growth.roomFor(['publisher a', 'network 1'])).toBe(250);
});

it('attack by a thousand publishers, each called from a network of its own: half of the budget is never theirs', () => {
  const growth = createGrowth(1000);
  let taken = 0;
  for (let at = 0; at < 1000; at++) {
    const groups = [`publisher ${at}`, `network ${at}`];
    const room = growth.roomFor(groups);
    taken += room;
    growth.take(room, groups);
  }
  expect(taken).toBe(500);
});
