import type { Digest, WantedCalls } from '@callable/protocol';

/** Releases that wait to be told; a gateway that is asked for more that nobody runs is being played with. */
const mostReleases = 10_000;
/** Pairs of release and network remembered of a day, about 8 MB. Beyond it calls are counted, and no further network. */
const mostNetworks = 100_000;
const dayMs = 24 * 3600_000;

/** What was called and found nothing to answer it. */
export type WantedReleases = {
  note(release: Digest, network: string): void;
  readonly isEmpty: boolean;
  /** What was noted since it was last taken. */
  take(): WantedCalls[];
};

/**
 * Counts calls that nothing could answer, and the networks they come from, each once for a release and day.
 * attack: one caller makes a release the most wanted of all by calling it all day. It is one network, and orders go by these.
 */
export function createWantedReleases(clock: () => number): WantedReleases {
  let wanted = new Map<Digest, WantedCalls>();
  let seen = new Set<string>();
  let day = -1;
  return {
    note(release, network) {
      const now = clock();
      const today = Math.floor(now / dayMs);
      if (today !== day) [day, seen] = [today, new Set()];
      const known = wanted.get(release) ?? { release, calls: 0, networks: 0, lastAt: now };
      if (known.calls === 0 && wanted.size >= mostReleases) return;
      const pair = `${release} ${network}`;
      const isNew = seen.size < mostNetworks && !seen.has(pair);
      if (isNew) seen.add(pair);
      wanted.set(release, {
        release,
        calls: Math.min(known.calls + 1, 0xffff_ffff),
        networks: Math.min(known.networks + (isNew ? 1 : 0), 0xffff),
        lastAt: now,
      });
    },
    get isEmpty() {
      return wanted.size === 0;
    },
    take() {
      const taken = [...wanted.values()];
      wanted = new Map();
      return taken;
    },
  };
}
