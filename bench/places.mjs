/**
 * Places that a forger moves in the ranking by independent use, by keys, networks and age of keys, and what that costs. A field of
 * honest releases (Zipf) is figured for seven days by the code that hub and auditors figure by; the forger owns the last of them,
 * and has every key make as many calls as weigh anything. Deterministic.
 * Run: npm run build && node bench/places.mjs [releases]
 */
import { figureDay, fullAgeDays, mergeDays, mostWeighed, priceFigure } from '@callable/protocol';

const releases = Number(process.argv[2] ?? 1_000);
const days = 7;
const firstDay = 20_000;
const address = (kind, n) => `0x${kind.toString(16).padStart(2, '0')}${n.toString(16).padStart(38, '0')}`;
const node = address(1, 1);
const gateway = address(2, 1);
const nameOf = (place) => place.toString(16).padStart(64, '0');
const publisherOf = (release) => address(3, Number.parseInt(release, 16));

const factsWith = (sinceOf) => ({
  publisherOf,
  nodeOf: () => ({ operator: null, isConvicted: false }),
  isDelegate: () => false,
  isProbe: () => false,
  firstDayOf: sinceOf,
});

/** What callers of one release did on one day: each {caller, tag, calls}. */
const figureOf = (release, day, shares, facts) =>
  figureDay(
    day,
    {
      hours: [],
      callers: shares.map(({ caller, tag, calls }) => ({
        ...{ day, release, node, caller, principal: '', gateway, tag, calls, relied: 0 },
      })),
      words: [],
    },
    facts,
  );
const weekOf = (release, sharesOn, facts) =>
  mergeDays(Array.from({ length: days }, (_, i) => figureOf(release, firstDay + i, sharesOn(firstDay + i), facts)))
    .trusted.weight;

// Honest callers sit in networks of their own; the release at place r has 200 / r of them a day, 20 calls each, with old keys.
const old = factsWith(() => 0);
const honest = Array.from({ length: releases }, (_, i) => {
  const callers = Math.max(1, Math.round(200 / (i + 1)));
  const shares = Array.from({ length: callers }, (_, c) => ({
    ...{ caller: address(4, i * 1_000 + c), tag: `${i}-${c}`, calls: 20 },
  }));
  // In the long tail somebody calls on some days only.
  const on = Math.max(1, Math.min(days, Math.round((7 * 400) / (i + 1))));
  return weekOf(nameOf(i), (day) => (day - firstDay < on ? shares : []), old);
});
const placeOf = (weight) => 1 + honest.filter((other) => other > weight).length;

console.log(
  `${releases} honest releases; first ${honest[0] / 1000}, tenth ${honest[9] / 1000}, last ${honest.at(-1) / 1000}`,
);
const washing = Array.from({ length: 1_000 }, (_, k) => ({ caller: address(5, k), tag: 'forged-0', calls: 100 }));
const washed = weekOf(
  nameOf(releases),
  (day) => (day === firstDay ? washing : []),
  factsWith(() => firstDay),
);
console.log(
  `the wash trader, 1,000 new keys in one network, 100,000 calls on one day: trusted ${washed / 1000}, place ${placeOf(washed)} of ${releases + 1}\n`,
);
console.log(
  'keys  networks  age at the start (days)   calls  trusted      place   network-days it took, and that this weight costs at least',
);
for (const ageDays of [0, 1, fullAgeDays])
  for (const [keys, networks] of [
    [1, 1],
    [1_000, 1],
    [10, 10],
    [1_000, 10],
    [100, 100],
    [1_000, 100],
    [1_000, 1_000],
  ]) {
    const forger = nameOf(releases);
    const shares = Array.from({ length: keys }, (_, k) => ({
      ...{ caller: address(5, k), tag: `forged-${k % networks}`, calls: mostWeighed },
    }));
    const weight = weekOf(
      forger,
      () => shares,
      factsWith(() => firstDay - ageDays),
    );
    const { networkDays } = priceFigure(weight);
    console.log(
      `${String(keys).padStart(4)}  ${String(networks).padStart(8)}  ${String(ageDays).padStart(23)}  ${String(keys * days * mostWeighed).padStart(8)}  ${(weight / 1000).toFixed(3).padStart(9)}  ${String(placeOf(weight)).padStart(4)} of ${releases + 1}   ${networks * days}, ${networkDays}`,
    );
  }
