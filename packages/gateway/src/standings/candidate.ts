import type { Address, HoldingState } from '@callable/protocol';
import type { HealthState } from './node-health.ts';

/** In the order in which they are asked: of a later rank only where none of an earlier one holds the release. */
export const candidateRanks = ['standing', 'newcomer', 'unknown'] as const;
export type CandidateRank = (typeof candidateRanks)[number];

/** What routing knows of one node with regard to one release. */
export type Candidate = {
  node: Address;
  /** Whether it is of those who get calls wherever one of them holds the release, of those that joined, or not even that. */
  rank: CandidateRank;
  /** Its answers for this release are trusted: it is a seed, or they were compared with trusted ones. */
  proven: boolean;
  /** With whom it weighs together; null for a seed, which weighs alone. */
  network: string | null;
  /** Null when the node does not hold the release. */
  state: HoldingState | null;
  /** Why the node does not run the release at present, in its own words; null when it does. */
  quarantined: string | null;
  draining: boolean;
  full: boolean;
  /** Whether it is out, and then for failures or for a lie. */
  health: HealthState;
  /** Calls this gateway has under way there. */
  outstanding: number;
  /** Smoothed time of its answers for this release, milliseconds; null before the first. */
  latencyMs: number | null;
};
