/**
 * The committed trace: who asks for what and when. Sizes are log-normal, demand is Zipf with drift: every two minutes a release
 * of the tail becomes one of the popular. Everything follows from the seed.
 */
export function makeTrace({
  seed,
  releases = 2000,
  meanBytes = 0.75e9,
  zipf = 1.1,
  perSecond = 25,
  seconds = 3600,
  driftSeconds = 120,
}) {
  const random = mulberry32(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const sigma = 1;
  const sizes = Array.from({ length: releases }, () => meanBytes * Math.exp(sigma * normal() - (sigma * sigma) / 2));
  const weights = Array.from({ length: releases }, (_, rank) => 1 / (rank + 1) ** zipf);
  const sums = [];
  let total = 0;
  for (const weight of weights) {
    total += weight;
    sums.push(total);
  }
  const byRank = Array.from({ length: releases }, (_, index) => index);
  for (let at = releases - 1; at > 0; at--) swap(byRank, at, Math.floor(random() * (at + 1)));
  const calls = [];
  let nextDrift = driftSeconds;
  for (let at = 0; ; ) {
    at += -Math.log(1 - random()) / perSecond;
    if (at >= seconds) break;
    for (; at >= nextDrift; nextDrift += driftSeconds)
      swap(byRank, Math.floor(random() * 20), Math.floor(random() * releases));
    const wanted = random() * total;
    let [low, high] = [0, releases - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    calls.push({ at, release: byRank[low], seconds: -0.4 * Math.log(1 - random()) });
  }
  return { sizes, calls };
}

function swap(list, a, b) {
  [list[a], list[b]] = [list[b], list[a]];
}

export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
