import type { Condition } from './condition.ts';
import { conditionsAt } from './conditions-at.ts';
import { type LoggedStatement, type Rules, reduceRelease } from './reduce-release.ts';
import { emptyReleaseState } from './release-state.ts';

/**
 * The conditions of a release from its statements in log order, the time and the rules. This function is the
 * definition of what a condition means.
 */
export function deriveConditions(statements: readonly LoggedStatement[], now: number, rules: Rules): Condition[] {
  const start = emptyReleaseState(statements[0]?.loggedAt ?? now);
  return conditionsAt(
    statements.reduce((state, logged) => reduceRelease(state, logged, rules), start),
    now,
    rules.policy.epoch,
  );
}
