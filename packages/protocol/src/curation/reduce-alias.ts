import { Check } from 'typebox/value';
import type { LoggedStatement, Rules } from '../conditions/reduce-release.ts';
import { actsFor } from '../delegations/delegation.ts';
import { parseModelName } from '../identity/names.ts';
import { parseReleaseRef } from '../identity/release-ref.ts';
import { ModelAliased } from '../statements/kinds/curation.ts';
import { statementId } from '../statements/statement.ts';
import { type Alias, aliasSubject } from './alias.ts';

/**
 * One step of the fold of an alias; null is none. Only the publisher of its name has a say, or their delegate. The
 * target is whoever's: following it takes one step, so that no two aliases can send a caller round in circles.
 */
export function reduceAlias(
  before: Alias | null,
  { statement, loggedAt: at }: LoggedStatement,
  rules: Rules,
): Alias | null {
  const { body, subject, signer: key } = statement;
  if (statement.kind !== 'model.aliased' || !Check(ModelAliased, body)) return before;
  const { publisher, target } = body;
  const name = parseModelName(body.name);
  if (!name || subject !== aliasSubject(publisher, name)) return before;
  if (!actsFor(rules.delegations ?? [], { key, principal: publisher, scope: 'publish', at })) return before;
  if (target === null) return null;
  const ref = parseReleaseRef(target);
  if (!ref || ref.digest || target === subject) return before;
  return { publisher, name, target, at, statement: statementId(statement) };
}
