import { setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createTurns, type Turns } from './create-turns.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

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

/** Takes a place on a path, writes its group down when it has one, and holds it until it is ended. */
function ask(turns: Turns, order: string[], path: string[]) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const done = turns.take(never, path).then(async (place) => {
    order.push(path[0] as string);
    await ended;
    place[Symbol.dispose]();
  });
  return { end, done };
}

test('attack by a stranger: behind a hundred calls of a slow model, under a hundred keys, another is soon next', async () => {
  const turns = createTurns(1, 256);
  const order: string[] = [];
  const slow = Array.from({ length: 100 }, (_, key) => ask(turns, order, ['stranger', 'slow', '', `key ${key}`]));
  const victim = ask(turns, order, ['victim', 'm', '', 'key']);
  slow[0]?.end();
  slow[1]?.end();
  await expect.poll(() => order).toEqual(['stranger', 'stranger', 'victim']);
  victim.end();
  for (const { end } of slow) end();
  await Promise.all(slow.map(({ done }) => done));
  expect(turns).toMatchObject({ used: 0, waiting: 0 });
});

test('attack by a publisher: a thousand releases of one are one, and so are a thousand keys of one network', async () => {
  const turns = createTurns(1, 5_000);
  const order: string[] = [];
  const held = await turns.take(never);
  const calls: ReturnType<typeof ask>[] = [];
  for (let n = 0; n < 1000; n++) calls.push(ask(turns, order, ['stranger', `r${n}`, `net ${n}`, 'key']));
  for (let n = 0; n < 1000; n++) calls.push(ask(turns, order, ['shared', 'r', 'crowd', `key ${n}`]));
  calls.push(ask(turns, order, ['victim', 'm', 'net', 'key']), ask(turns, order, ['shared', 'r', 'alone', 'key']));
  for (const { end } of calls) end();
  held[Symbol.dispose]();
  await Promise.all(calls.map(({ done }) => done));
  expect(order.indexOf('victim')).toBe(2);
});

test('attack by a stranger: calls that already run leave a place free for whoever else comes', async () => {
  const turns = createTurns(4, 256, { mostOfOne: 3 });
  const order: string[] = [];
  const slow = Array.from({ length: 10 }, () => ask(turns, order, ['stranger']));
  await expect.poll(() => turns.used).toBe(3);
  using _place = await turns.take(never, ['victim']);
  expect(turns).toMatchObject({ used: 4, waiting: 7 });
  for (const { end } of slow) end();
  await Promise.all(slow.map(({ done }) => done));
});

test('attack by a stranger: in a full queue a newcomer of few takes the place of the last of most', async () => {
  const turns = createTurns(1, 4);
  using _held = await turns.take(never);
  const many = Array.from({ length: 4 }, (_, key) => turns.take(AbortSignal.timeout(200), ['stranger', `${key}`]));
  const ends = Promise.allSettled(many);
  const victim = turns.take(AbortSignal.timeout(200), ['victim', 'key']);
  await expect(many[3]).rejects.toMatchObject({ code: 'NodeBusy' });
  await expect(turns.take(never, ['stranger', 'new key'])).rejects.toMatchObject({ code: 'NodeBusy' });
  const second = turns.take(AbortSignal.timeout(200), ['victim', 'other key']);
  await expect(turns.take(never, ['victim', 'key'])).rejects.toMatchObject({ code: 'NodeBusy' });
  expect((await Promise.allSettled([victim, second])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(turns.waiting).toBe(0);
});
