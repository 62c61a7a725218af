import { expect, test } from 'vitest';
import { type CallParties, callGroups } from './call-groups.ts';
import { createShares } from './create-shares.ts';

const room = 128;
const victim: CallParties = { publisher: 'victim', release: 'm', network: 'home', key: 'k' };

/** How many calls get in, each of groups of its own, before one is refused; at most 5,000. */
function fill(shares: ReturnType<typeof createShares>, groupsOf: (index: number) => CallParties): number {
  let index = 0;
  for (; index < 5_000 && shares.hasRoom(room, callGroups(groupsOf(index))); index++)
    shares.add(callGroups(groupsOf(index)));
  return index;
}

test.each<[string, (n: number) => CallParties, number]>([
  ['one caller who is alone has half of the node', () => ({ ...victim, publisher: 'a' }), 67],
  ['a thousand keys of one network', (n) => ({ publisher: 'a', release: 'm', network: 'home', key: `${n}` }), 69],
  ['a thousand callers of one release', (n) => ({ publisher: 'a', release: 'm', network: `${n}`, key: `${n}` }), 74],
  ['a thousand releases of one publisher', (n) => ({ publisher: 'a', release: `${n}`, network: `${n}`, key: '' }), 86],
  ['a thousand publishers of one network', (n) => ({ publisher: `${n}`, release: '', network: 'net', key: '' }), 112],
])('attack by strangers: %s leave room for another', (_, groupsOf, most) => {
  const shares = createShares();
  expect(fill(shares, groupsOf)).toBe(most);
  for (let call = 0; call < 4; call++) {
    expect(shares.hasRoom(room, callGroups(victim))).toBe(true);
    shares.add(callGroups(victim));
  }
});

test('attack by a caller: a caller of the same release, from the same network too, still finds room', () => {
  const shares = createShares();
  fill(shares, () => ({ publisher: 'a', release: 'm', network: 'class', key: 'greedy' }));
  expect(shares.hasRoom(room, callGroups({ publisher: 'a', release: 'm', network: 'class', key: 'other' }))).toBe(true);
  fill(shares, (n) => ({ publisher: 'a', release: 'm', network: 'class', key: `${n}` }));
  expect(shares.hasRoom(room, callGroups({ publisher: 'a', release: 'm', network: 'other', key: 'other' }))).toBe(true);
  fill(shares, (n) => ({ publisher: 'a', release: 'm', network: `${n}`, key: '' }));
  expect(shares.hasRoom(room, callGroups({ publisher: 'a', release: 'other', network: 'class', key: 'other' }))).toBe(
    true,
  );
});

test('what has ended holds nothing, and the smallest node takes one call', () => {
  const shares = createShares();
  const ends = Array.from({ length: 30 }, (_, n) => shares.add(callGroups({ ...victim, key: `${n % 3}` })));
  expect(shares.size).toBe(30);
  for (const end of ends) end();
  expect(shares.size).toBe(0);
  expect(shares.hasRoom(1, callGroups(victim))).toBe(true);
  shares.add(callGroups(victim));
  expect(shares.hasRoom(1, callGroups({ ...victim, publisher: 'other' }))).toBe(false);
});
