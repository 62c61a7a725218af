import { noteReached } from '../conditions/note-reached.ts';
import { actsFor } from '../delegations/delegation.ts';
import type { Address } from '../identity/address.ts';
import { Check } from '../schema/check.ts';
import { isForAnotherHub } from '../statements/hub-of-statement.ts';
import { findKind } from '../statements/kinds/find-kind.ts';
import type { FoldedStates, FoldPlace, Said } from '../statements/kinds/kind-row.ts';
import type { AnyKindRow } from '../statements/kinds/kind-table.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import type { Rules } from '../statements/rules.ts';
import { statementId } from '../statements/statement.ts';

/**
 * One step of the fold from statements to one of its states. Pure: anybody who has the log computes the same. A
 * statement changes nothing when its kind changes another state, when its body does not fit its kind, when its signer has
 * no say in the matter, or when it names another hub. Statements come in log order, each once.
 */
export function reduceState<Place extends FoldPlace>(
  place: Place,
  before: FoldedStates[Place],
  { statement, loggedAt: at }: LoggedStatement,
  rules: Rules,
): FoldedStates[Place] {
  const { kind, subject, signer, issuedAt, body } = statement;
  const row = findKind(kind);
  if (row?.folds !== place || !row.step || !hasSay(row, statement, rules) || !Check(row.body, body)) return before;
  if (isForAnotherHub(statement, rules.hub)) return before;
  const publisher = place === 'release' ? (before as FoldedStates['release']).publisher : null;
  if (!actsForPrincipal(row, { signer, body, at, publisher }, rules)) return before;
  const said: Said<unknown> = {
    ...{ body, subject, signer, issuedAt, at },
    get id() {
      return statementId(statement);
    },
  };
  const after = row.step(before, said, rules) as FoldedStates[Place];
  // In the one place that all steps pass: a kind that forgot it would leave a stage without its time.
  if (place !== 'release' || after === before) return after;
  return noteReached(after as FoldedStates['release'], at) as FoldedStates[Place];
}

function hasSay({ signer }: AnyKindRow, statement: { signer: Address; subject: string }, { hub }: Rules): boolean {
  if (signer === 'hub') return statement.signer === hub;
  return signer !== 'subject' || statement.signer === statement.subject;
}

function actsForPrincipal(
  row: AnyKindRow,
  said: { signer: Address; body: unknown; at: number; publisher: Address | null },
  { delegations = [] }: Rules,
): boolean {
  if (typeof row.signer !== 'object') return true;
  const principal = row.signer.principal(said.body, said.publisher);
  if (principal === null) return false;
  return actsFor(delegations, { key: said.signer, principal, scope: row.signer.scope, at: said.at });
}
