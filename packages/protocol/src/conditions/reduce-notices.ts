import { Check } from 'typebox/value';
import { actsFor } from '../delegations/delegation.ts';
import { ReleaseDeprecated, ReleaseRefused, ReleaseYanked } from '../statements/kinds/curation.ts';
import { statementId } from '../statements/statement.ts';
import type { LoggedStatement, Rules } from './reduce-release.ts';
import type { Notices, ReleaseState } from './release-state.ts';

/** Yanks and deprecations by the publisher or its delegate, and tombstones by the hub. The last word counts. */
export function reduceNotices(state: ReleaseState, logged: LoggedStatement, rules: Rules): ReleaseState {
  const { statement, loggedAt: at } = logged;
  const { body, signer: key } = statement;
  const made = { at, statement: statementId(statement) };
  const say = (notices: Partial<Notices>): ReleaseState => ({ ...state, notices: { ...state.notices, ...notices } });
  const isPublisher =
    state.publisher !== null &&
    actsFor(rules.delegations ?? [], { key, principal: state.publisher, scope: 'publish', at });
  if (statement.kind === 'release.yanked' && isPublisher && Check(ReleaseYanked, body))
    return say({ yanked: body.yanked ? { note: body.note, ...made } : null });
  if (statement.kind === 'release.deprecated' && isPublisher && Check(ReleaseDeprecated, body))
    return say({
      deprecated: body.deprecated ? { note: body.note, successor: body.successor, ...made } : null,
    });
  if (statement.kind === 'release.refused' && key === rules.hub && Check(ReleaseRefused, body))
    return say({ refused: body.refused.length > 0 ? { scopes: body.refused, note: body.note, ...made } : null });
  return state;
}
