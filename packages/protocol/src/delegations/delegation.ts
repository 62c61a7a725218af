import type { Address } from '../identity/address.ts';
import type { Scope } from './scope.ts';

/** A key that acts for a principal. Times in milliseconds by the log's clock. */
export type Delegation = {
  principal: Address;
  key: Address;
  /** Of `Scope`, and words that a newer reader knows. */
  scopes: readonly string[];
  notBefore: number;
  notAfter: number;
  /** When the log took in its revocation: what was logged before stays. Null while it stands. */
  revokedAt: number | null;
};

/** The most delegations of one principal that are kept; beyond it the oldest is forgotten. */
export const mostDelegations = 100;

/** Whether a key acted for a principal in a scope at a time. Everybody acts for themselves. */
export function actsFor(
  delegations: readonly Delegation[],
  { key, principal, scope, at }: { key: Address; principal: Address; scope: Scope; at: number },
): boolean {
  if (key === principal) return true;
  return delegations.some(
    (one) =>
      one.key === key &&
      one.principal === principal &&
      one.scopes.includes(scope) &&
      one.notBefore <= at &&
      at < one.notAfter &&
      (one.revokedAt === null || at < one.revokedAt),
  );
}
