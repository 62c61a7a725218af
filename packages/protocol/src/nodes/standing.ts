import type { Address } from '../identity/address.ts';
import { ownMember } from '../json/own-member.ts';
import { type Policy, standingNumbers } from '../policy/policy.ts';
import type { NodeState } from './node-state.ts';

/**
 * Whom a node may speak for. A `seed` is named by the policy through its operator, and a hub names itself. One of
 * `standing` has been borne out often enough, for long enough. Everybody else is a `newcomer`, and keys are free.
 */
export type Standing = 'seed' | 'standing' | 'newcomer' | 'convicted';

const dayMs = 24 * 3600_000;

/** The standing of a node at a time, from its folded record and the policy alone. */
export function standingOf(node: Address, state: NodeState, now: number, policy: Policy): Standing {
  if (state.convicted) return 'convicted';
  if (isSeed(node, state, policy)) return 'seed';
  const { comparisons, days } = standingNumbers(policy);
  const record = state.runtime === null ? undefined : ownMember(state.compared, state.runtime);
  if (!record || record.confirmed < comparisons) return 'newcomer';
  const firstAt = Math.min(...Object.values(state.compared).map((one) => one.firstAt));
  return now - firstAt >= days * dayMs ? 'standing' : 'newcomer';
}

/** By its operator, or by its own key where it is its own operator. */
export function isSeed(
  node: Address,
  { operator }: Pick<NodeState, 'operator'>,
  { rules, seeds = [] }: Policy,
): boolean {
  return rules === 2 && (seeds.includes(operator) || seeds.includes(node));
}
