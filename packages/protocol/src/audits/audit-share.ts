import type { NodeState } from '../nodes/node-state.ts';
import type { Policy } from '../policy/policy.ts';

/** By so much every wrong answer from a network raises the share at which answers from there are audited. */
const perWrongAnswer = 10;

/**
 * At what share the answers of a node are run again: the policy's, and more while little is known of the node, as BOINC
 * does it (one in so many as were looked at). Wrong answers count for the whole network they came from: a thousand keys
 * would else lie a hundred times each before they are found. That keeps nobody out; it has an honest node looked at.
 */
export function auditShareOf(
  { audits }: Pick<NodeState, 'audits'>,
  wrongInNetwork: number,
  { audits: { share } }: Pick<Policy, 'audits'>,
): number {
  if (share === 0) return 0;
  return Math.min(1, Math.max(share, 1 / (1 + audits.count)) * perWrongAnswer ** Math.min(wrongInNetwork, 3));
}
