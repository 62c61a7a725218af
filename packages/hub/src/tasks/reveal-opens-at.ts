import type { Policy } from '@callable/protocol';
import type { Round } from './find-round.ts';

/**
 * From when the reports of a round may be shown, milliseconds; null when somebody must commit first. Everybody who is
 * at it is waited for, but once a quorum has committed only so long: one slow node shall not hold up the others.
 */
export function revealOpensAt({ panel, waitedFor, committedAt, needed }: Round, policy: Policy): number | null {
  if (!panel.sealed || panel.revealed || waitedFor.length === 0) return 0;
  const quorumAt = committedAt[needed - 1];
  return quorumAt === undefined ? null : quorumAt + policy.validators.revealSeconds * 1000;
}
