import { unknownRules } from '../policy/unknown-rules.ts';
import { policyAdopted } from '../statements/kinds/policy-adopted.ts';
import type { Statement } from '../statements/statement.ts';

/** The version of the rules that a policy in the log names, when this software does not know it; else null. */
export function unknownRulesIn({ kind, body }: Pick<Statement, 'kind' | 'body'>): string | null {
  return kind === policyAdopted.kind ? unknownRules(body['policy']) : null;
}
