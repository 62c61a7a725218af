import { CallableError, unknownRules } from '@callable/protocol';

/** Throws RulesUnknown where a newer process has adopted rules this one cannot fold by: it would answer by older ones. */
export function refuseUnknownRules(policy: unknown): void {
  const rules = unknownRules(policy);
  if (rules !== null) throw rulesUnknown(rules, 'The policy in force');
}

export const rulesUnknown = (rules: string, what: string): CallableError =>
  new CallableError('RulesUnknown', `${what} names rules of version ${rules}, which this software does not know.`);
