import { Check } from 'typebox/value';
import type { LoggedStatement } from '../conditions/reduce-release.ts';
import { KeyDelegated, KeyRevoked } from '../statements/kinds/network.ts';
import type { Delegation } from './delegation.ts';

/** The most delegations of one principal that are kept; beyond it the oldest is forgotten. */
export const mostDelegations = 100;

/**
 * One step of the fold of a principal's delegations. A delegation begins no earlier than the log took it in: a stolen
 * wallet cannot name a helper for the past. A revocation counts from the log's time of it, and for good.
 */
export function reduceDelegations(
  before: readonly Delegation[],
  { statement, loggedAt }: LoggedStatement,
): readonly Delegation[] {
  const { body, signer: principal } = statement;
  if (statement.subject !== principal) return before;
  if (statement.kind === 'key.delegated' && Check(KeyDelegated, body)) {
    const { key, scopes, notAfter } = body;
    const next = { principal, key, scopes, notBefore: Math.max(body.notBefore, loggedAt), notAfter, revokedAt: null };
    return [...before, next].slice(-mostDelegations);
  }
  if (statement.kind !== 'key.revoked' || !Check(KeyRevoked, body)) return before;
  const ends = (one: Delegation) => one.key === body.key && one.revokedAt === null;
  return before.some(ends) ? before.map((one) => (ends(one) ? { ...one, revokedAt: loggedAt } : one)) : before;
}
