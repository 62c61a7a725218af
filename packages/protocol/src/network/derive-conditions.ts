import type { Condition } from '../conditions/condition.ts';
import { conditionsAt } from '../conditions/conditions-at.ts';
import { emptyReleaseState, type ReleaseState } from '../conditions/release-state.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import type { Rules } from '../statements/rules.ts';
import { reduceRelease } from './reduce-release.ts';

/**
 * The conditions of a release from its statements in log order, the time and the rules. This function is the
 * definition of what a condition means.
 */
export function deriveConditions(statements: readonly LoggedStatement[], now: number, rules: Rules): Condition[] {
  let known: ReleaseState | null = null;
  for (const logged of statements) {
    const before: ReleaseState = known ?? emptyReleaseState(logged.loggedAt);
    const after = reduceRelease(before, logged, rules);
    // Nothing is known before the first statement that changes something.
    if (after !== before) known = after;
  }
  return conditionsAt(known ?? emptyReleaseState(now), now, rules);
}
