import type { Digest } from '@callable/protocol';

/** How often each release is asked for, as a rate that forgets. */
export type Demand = {
  record(release: Digest): void;
  /** Calls per second, averaged over about an hour. */
  rate(release: Digest): number;
};

/** A weight decays to a half in this time, milliseconds. */
const halfLifeMs = 30 * 60_000;

/** One number per release: exponentially weighted, so that a model that went quiet makes room for one that is asked for. */
export function createDemand(clock: () => number): Demand {
  const weights = new Map<Digest, { weight: number; at: number }>();
  const weightNow = (release: Digest, now: number) => {
    const entry = weights.get(release);
    return entry ? entry.weight * 2 ** (-Math.max(0, now - entry.at) / halfLifeMs) : 0;
  };
  return {
    record(release) {
      const now = clock();
      weights.set(release, { weight: weightNow(release, now) + 1, at: now });
    },
    // A constant rate r piles up to the weight r × halfLife ÷ ln 2.
    rate: (release) => (weightNow(release, clock()) * Math.LN2) / (halfLifeMs / 1000),
  };
}
