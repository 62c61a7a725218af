import type { Policy } from '@callable/protocol';
import type { Round } from './find-round.ts';

/**
 * From when the reports of a round may be shown, milliseconds; null when somebody must commit first. Everybody who is
 * at it is waited for, but once a quorum has committed only so long: one slow node shall not hold up the others. Where seeds
 * are named nothing is shown before the seed has committed, and keys that hold their seats delay only so long.
 */
export function revealOpensAt({ panel, waitedFor, committedAt, needed, seed }: Round, policy: Policy): number | null {
  if (!panel.sealed || panel.revealed) return 0;
  if (seed && !seed.isThere) return null;
  if (waitedFor.length === 0) return 0;
  if (seed) return (seed.committedAt ?? 0) + policy.validators.revealSeconds * 1000;
  const quorumAt = committedAt[needed - 1];
  return quorumAt === undefined ? null : quorumAt + policy.validators.revealSeconds * 1000;
}
