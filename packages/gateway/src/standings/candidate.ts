import type { Address, HoldingState } from '@callable/protocol';
import type { HealthState } from './node-health.ts';

/** What routing knows of one node with regard to one release. */
export type Candidate = {
  node: Address;
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
