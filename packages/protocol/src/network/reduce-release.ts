import type { ReleaseState } from '../conditions/release-state.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import type { Rules } from '../statements/rules.ts';
import { reduceState } from './reduce-state.ts';

/** One step of the fold from the statements about a release to its state. */
export function reduceRelease(state: ReleaseState, logged: LoggedStatement, rules: Rules): ReleaseState {
  return reduceState('release', state, logged, rules);
}
