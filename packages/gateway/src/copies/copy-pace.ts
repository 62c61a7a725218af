import type { Address, Digest } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

/** A release is looked at for copies this often at most, milliseconds. */
const lookAgainMs = 200;
/** Of all calls, this share goes to newcomers too, so many at once at most. */
const newcomerShare = 0.05;
const mostSaved = 10;
/** All newcomers of one network get one copy in this time, however many keys they have. */
const networkMs = 10_000;
/** A node of standing that gave nothing to compare is tried again after this, twice as long each time. */
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** Bodies and answers kept until a copy comes back. A single larger one is kept alone. */
const mostBytes = 32 * 2 ** 20;

/** How many copies of calls are made, and of whom. */
export type CopyPace = {
  /** One call more was answered. Whether its release is due to be looked at: almost never, so a call costs one look-up. */
  isDue(release: Digest): boolean;
  /** Whether a node of standing may be sent a copy now; another one only after `settled`, or a pause. */
  mayProve(node: Address, release: Digest): boolean;
  /** A comparison came about, well or not. */
  settled(node: Address, release: Digest): void;
  /** Of these networks the one whose newcomers have waited longest, if any may be sent a copy now. It is spent by this. */
  takeNewcomer(networks: readonly string[]): string | null;
  /** Room for so many bytes, until the returned function is called; null when there is none. */
  hold(bytes: number): (() => void) | null;
};

type Pause = { until: number; ms: number };

export function createCopyPace(clock: () => number): CopyPace {
  const lookedAt = new BoundedMap<Digest, number>(5_000);
  const pauses = new BoundedMap<string, Pause>(50_000);
  const servedAt = new BoundedMap<string, number>(20_000);
  let saved = mostSaved / 2;
  let held = 0;
  return {
    isDue(release) {
      saved = Math.min(mostSaved, saved + newcomerShare);
      const now = clock();
      const before = lookedAt.get(release);
      if (before !== undefined && now - before < lookAgainMs) return false;
      lookedAt.set(release, now);
      return true;
    },
    mayProve(node, release) {
      const key = `${node}${release}`;
      const before = pauses.get(key);
      const now = clock();
      if (before && before.until > now) return false;
      const ms = before ? Math.min(longestPauseMs, 2 * before.ms) : firstPauseMs;
      pauses.set(key, { until: now + ms, ms });
      return true;
    },
    settled: (node, release) => pauses.delete(`${node}${release}`),
    takeNewcomer(networks) {
      if (saved < 1) return null;
      const now = clock();
      let longest: { network: string; at: number } | null = null;
      for (const network of networks) {
        const at = servedAt.get(network) ?? Number.NEGATIVE_INFINITY;
        if (now - at >= networkMs && (longest === null || at < longest.at)) longest = { network, at };
      }
      if (longest === null) return null;
      saved--;
      servedAt.set(longest.network, now);
      return longest.network;
    },
    hold(bytes) {
      if (held > 0 && held + bytes > mostBytes) return null;
      held += bytes;
      return () => {
        held -= bytes;
      };
    },
  };
}
