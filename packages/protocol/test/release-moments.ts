import type { Condition } from '../src/conditions/condition.ts';
import { conditionsAt } from '../src/conditions/conditions-at.ts';
import { emptyReleaseState } from '../src/conditions/release-state.ts';
import { reduceRelease } from '../src/network/reduce-release.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import type { Rules } from '../src/statements/rules.ts';
import { policy, rules } from './release-story.ts';

/** When the logs of the property tests begin. */
export const start = 1_790_000_000_000;

/** Every time at which something may turn: each statement's, and each end of a freshness, to the millisecond. */
function turningTimes(statements: readonly LoggedStatement[]): number[] {
  const lives = Object.values(policy.freshness).map((seconds) => seconds * 1000);
  const heard = statements.flatMap(({ statement, loggedAt }) => [loggedAt, Math.min(loggedAt, statement.issuedAt)]);
  const times = heard.flatMap((at) => [at, ...lives.flatMap((life) => [at + life - 1, at + life])]);
  return [...new Set(times)].filter((at) => at >= start).sort((a, b) => a - b);
}

/**
 * Every state of knowledge in order: before and after each statement, and at each turning time between. From the
 * statement at `turn` on epoch 2 is in force.
 */
export function* moments(statements: readonly LoggedStatement[], turn = Number.POSITIVE_INFINITY): Generator<Moment> {
  const times = turningTimes(statements);
  const epochSince = statements[turn]?.loggedAt ?? 0;
  const turned: Rules = { ...rules, policy: { ...policy, epoch: 2 }, epochSince };
  let state = emptyReleaseState(start);
  for (const [index, statement] of statements.entries()) {
    const inForce = index >= turn ? turned : rules;
    if (index === turn)
      yield { known: statements.slice(0, index), now: epochSince, conditions: conditionsAt(state, epochSince, turned) };
    state = reduceRelease(state, statement, inForce);
    const to = statements[index + 1]?.loggedAt ?? Number.POSITIVE_INFINITY;
    for (const now of times)
      if (now >= statement.loggedAt && now <= to)
        yield { known: statements.slice(0, index + 1), now, conditions: conditionsAt(state, now, inForce) };
  }
}
type Moment = { known: readonly LoggedStatement[]; now: number; conditions: Condition[] };
