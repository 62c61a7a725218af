import { findReason } from '../reasons/reasons.ts';
import { type Condition, type ConditionType, conditionTypes } from './condition.ts';
import type { ReleaseState } from './release-state.ts';
import { ageTrack, type Track } from './track.ts';
import { type EpochInForce, trackInForce } from './track-in-force.ts';

/**
 * The five conditions of a release at a time in milliseconds, under the epoch of the policy in force. Without it, under
 * the epoch they were checked in.
 */
export function conditionsAt(state: ReleaseState, now: number, inForce?: EpochInForce): Condition[] {
  return conditionTypes.map((type) =>
    conditionOf(
      type,
      ageTrack(type === 'Verified' && inForce ? trackInForce(state, inForce) : state.tracks[type], now),
    ),
  );
}

/** Callable: everything that a call depends on is true now. Worked is earned afterwards. */
export function isCallable(conditions: readonly Condition[]): boolean {
  return conditions.every((condition) => condition.type === 'Worked' || condition.status === 'True');
}

/** The first condition on the path that is not true, or null. */
export function failingCondition(conditions: readonly Condition[]): Condition | null {
  return conditions.find((condition) => condition.type !== 'Worked' && condition.status !== 'True') ?? null;
}

function conditionOf(type: ConditionType, track: Track): Condition {
  return {
    type,
    status: track.status,
    reason: track.reason,
    message: track.message,
    next: nextStep(track),
    lastTransitionTime: new Date(track.since).toISOString(),
    lastCheckTime: track.checkedAt === null ? null : new Date(track.checkedAt).toISOString(),
    evidence: [...track.evidence],
  };
}

function nextStep(track: Track): string | null {
  if (track.status === 'True') return null;
  const row = findReason(track.reason);
  return row && row.next !== '' ? `${row.who}: ${row.next}` : null;
}
