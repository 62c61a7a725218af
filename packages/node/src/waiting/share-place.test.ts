import { expect, it } from 'vitest';
import { createTurns } from './create-turns.ts';
import { sharePlace } from './share-place.ts';

const patient = new AbortController().signal;

function share(limit: number) {
  let now = 0;
  let mayShare = true;
  const places = createTurns(limit, 64);
  const shared = sharePlace(places, { mayShare: () => mayShare, clock: () => now });
  return {
    places,
    take: () => shared.take(patient),
    wait: (ms: number) => {
      now += ms;
    },
    turnSlow: () => {
      mayShare = false;
    },
  };
}

it('calls that come together hold one place, until the last of them is done', async () => {
  const { places, take } = share(2);
  const held = [await take(), await take(), await take()];
  expect(places.used).toBe(1);
  held[0]?.[Symbol.dispose]();
  // Twice is once.
  held[0]?.[Symbol.dispose]();
  held[2]?.[Symbol.dispose]();
  expect(places.used).toBe(1);
  held[1]?.[Symbol.dispose]();
  expect(places.used).toBe(0);
});

it('attack: a model whose calls never cease keeps nobody from its place', async () => {
  const { places, take, wait } = share(1);
  const first = await take();
  let isOther = false;
  const other = places.take(patient).then((place) => {
    isOther = true;
    return place;
  });
  wait(9);
  const second = await take();
  wait(2);
  // Too late for the first one's place: it waits behind the other.
  const late = take();
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  const place = await other;
  expect(isOther).toBe(true);
  expect(places.waiting).toBe(1);
  place[Symbol.dispose]();
  (await late)[Symbol.dispose]();
  expect(places.used).toBe(0);
});

it('each call of a model that has become slow has a place of its own', async () => {
  const { places, take, turnSlow } = share(2);
  await take();
  turnSlow();
  await take();
  expect(places.used).toBe(2);
});
