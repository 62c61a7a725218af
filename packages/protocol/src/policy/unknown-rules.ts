/** The version of the rules that this software folds by. A policy that names none means this one. */
export const rulesVersion = 1;

/**
 * The version of the rules that a policy names, as text, when this software does not know it; null when it does. Asked
 * before the policy is judged by its schema: under other rules its numbers may be others.
 */
export function unknownRules(policy: unknown): string | null {
  const named = typeof policy === 'object' && policy !== null && 'rules' in policy ? policy.rules : rulesVersion;
  if (named === rulesVersion) return null;
  return typeof named === 'number' ? String(named) : 'no number';
}
