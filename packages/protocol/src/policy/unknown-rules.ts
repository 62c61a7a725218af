/**
 * The version of the rules that this software writes and folds by. Under version 1, which a policy means that names none,
 * panels and judges decided by count; what was logged under it is folded so for ever.
 */
export const rulesVersion = 2;

/**
 * The version of the rules that a policy names, as text, when this software does not know it; null when it does. Asked
 * before the policy is judged by its schema: under other rules its numbers may be others.
 */
export function unknownRules(policy: unknown): string | null {
  const named = typeof policy === 'object' && policy !== null && 'rules' in policy ? policy.rules : 1;
  if (named === 1 || named === rulesVersion) return null;
  return typeof named === 'number' ? String(named) : 'no number';
}
