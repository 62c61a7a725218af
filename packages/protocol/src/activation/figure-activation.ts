import type { ActivationView, Spread } from '../api/activation.ts';
import type { ReleaseState } from '../conditions/release-state.ts';
import { type Stage, stages, stagesUntil } from '../conditions/stages.ts';
import type { EpochInForce } from '../conditions/track-in-force.ts';

/** Releases of this long tell how long a stage takes, milliseconds. */
export const spreadOverMs = 30 * 24 * 3600_000;

/** What the figures of activation are made of, of one release. */
export type Activated = {
  listed: boolean;
  uploadedAt: number;
  took: Record<keyof ActivationView['took'], number | null>;
  /** Until when it stands there; 0 where it does not. */
  until: Record<Exclude<Stage, 'published'>, number>;
};

/** How far a release is at a time, and how long it took there. */
export function activatedOf(state: ReleaseState, at: number, inForce: EpochInForce): Activated {
  const { Uploaded, Stored, Verified, Reachable, Worked, Independent } = state.reached;
  const uploadedAt = Uploaded ?? at;
  const took = (reached: number | undefined) => (reached === undefined ? null : reached - uploadedAt);
  const { yanked, refused } = state.notices;
  return {
    listed: yanked === null && refused?.scopes.includes('listing') !== true,
    uploadedAt,
    took: {
      stored: took(Stored),
      verified: took(Verified),
      reachable: took(Reachable),
      worked: took(Worked),
      independent: took(Independent),
    },
    until: stagesUntil(state, at, inForce),
  };
}

/**
 * The figures of activation from the folded states alone: what anybody who has the log computes, and what the hub's tables have
 * to come to.
 */
export function figureActivation(
  releases: Iterable<Activated>,
  now: number,
): Pick<ActivationView, 'took' | 'idle'> & {
  counts: Record<Stage, number>;
} {
  const counts: Record<Stage, number> = { published: 0, stored: 0, verified: 0, reachable: 0, worked: 0 };
  const timed: Activated[] = [];
  for (const one of releases) {
    if (!one.listed) continue;
    for (const stage of stages) if (stage === 'published' || one.until[stage] > now) counts[stage]++;
    if (one.uploadedAt > now - spreadOverMs) timed.push(one);
  }
  return {
    counts,
    took: {
      stored: spreadOf(timed.map(({ took }) => took.stored)),
      verified: spreadOf(timed.map(({ took }) => took.verified)),
      reachable: spreadOf(timed.map(({ took }) => took.reachable)),
      worked: spreadOf(timed.map(({ took }) => took.worked)),
      independent: spreadOf(timed.map(({ took }) => took.independent)),
    },
    idle: { callable: counts.reachable, idle: counts.reachable - counts.worked },
  };
}

/** By nearest rank: one of the times there were, so that it comes out the same everywhere. */
function spreadOf(times: (number | null)[]): Spread {
  const sorted = times.filter((ms) => ms !== null).sort((a, b) => a - b);
  const rank = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? null;
  return {
    of: sorted.length,
    p10: rank(10),
    p25: rank(25),
    p50: rank(50),
    p75: rank(75),
    p90: rank(90),
    p99: rank(99),
  };
}
