import { Check } from 'typebox/value';
import type { LoggedStatement } from '../conditions/reduce-release.ts';
import { LabelAttached } from '../statements/kinds/curation.ts';
import { statementId } from '../statements/statement.ts';
import { type Label, standsAt } from './label.ts';

/** One step of the fold of what one signer says in one word about one subject; null is nothing. */
export function reduceLabel(before: Label | null, { statement, loggedAt }: LoggedStatement): Label | null {
  const { body, subject, signer } = statement;
  if (statement.kind !== 'label.attached' || !Check(LabelAttached, body)) return before;
  if (!body.attached) return null;
  const since = before && standsAt(before, loggedAt) ? before.since : loggedAt;
  const expiresAt = body.expiresAt ?? null;
  return { subject, label: body.label, signer, note: body.note, since, expiresAt, statement: statementId(statement) };
}
