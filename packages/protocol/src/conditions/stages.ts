import { conditionsAt } from './conditions-at.ts';
import type { ReleaseState } from './release-state.ts';
import type { EpochInForce } from './track-in-force.ts';

/** The way from a publisher to those who rely on it, each stage within the one before. */
export const stages = ['published', 'stored', 'verified', 'reachable', 'worked'] as const;
export type Stage = (typeof stages)[number];

/** And at its end somebody independent who relied on an answer in seven days: of usage, which the fold does not know. */
export const funnelStages = [...stages, 'relied'] as const;
export type FunnelStage = (typeof funnelStages)[number];

/** Worked means lately, milliseconds. */
export const workedLatelyMs = 7 * 24 * 3600_000;

const stored = ['Uploaded', 'Stored'] as const;
const verified = [...stored, 'Verified'] as const;
const reachable = [...verified, 'Reachable'] as const;

/**
 * Until when a release stands at each stage if nothing more is learned, 0 where it does not at `at`: what grows old on
 * the way is found there without a statement. `worked` ends a week after the last good call of a stranger.
 */
export function stagesUntil(
  state: ReleaseState,
  at: number,
  inForce: EpochInForce,
): Record<Exclude<Stage, 'published'>, number> {
  const conditions = conditionsAt(state, at, inForce);
  const isTrue = (type: string) => conditions.find((condition) => condition.type === type)?.status === 'True';
  const held = (types: readonly (keyof ReleaseState['tracks'])[]) =>
    types.every(isTrue) ? Math.min(...types.map((type) => endOf(state.tracks[type]))) : 0;
  const callable = held(reachable);
  const lastGood = state.calls.lastGoodAt;
  const works = callable > 0 && lastGood !== null && isTrue('Worked');
  return {
    stored: held(stored),
    verified: held(verified),
    reachable: callable,
    worked: works ? Math.min(callable, lastGood + workedLatelyMs) : 0,
  };
}

const endOf = ({ expiresAt, endsAt }: ReleaseState['tracks']['Stored']): number =>
  Math.min(expiresAt ?? Number.MAX_SAFE_INTEGER, endsAt ?? Number.MAX_SAFE_INTEGER);
