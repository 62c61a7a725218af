import type { Manifest, ModelSummary, ReleaseView } from '@callable/protocol';

/** What a publish tells while it goes on, in this order; an outage may come in between. */
export type PublishEvent =
  | { kind: 'read'; file: string; bytes: number; summary: ModelSummary }
  | { kind: 'notice'; text: string }
  | { kind: 'hashing'; bytes: number }
  | { kind: 'running' }
  | {
      kind: 'example';
      /** How it was made from the shapes; null for the publisher's own. */
      made: string | null;
      loadMs: number;
      runMs: number;
      /** The outputs that were compared with what the framework said, and where that stands; null where nothing was. */
      expected: { path: string; outputs: readonly string[] } | null;
      /** It draws at random: its values prove nothing. */
      random: boolean;
    }
  | { kind: 'manifest'; manifest: Manifest; digest: string; alreadyPublished: boolean }
  | { kind: 'upload'; name: string; done: number; total: number; alreadyThere: number }
  /** A proxy on the way takes no more at once. */
  | { kind: 'pieces'; bytes: number }
  /** The hub or the network is away; it is tried again for at most so long. */
  | { kind: 'outage'; message: string; patienceMs: number }
  | { kind: 'published'; reference: string; digest: string; created: boolean }
  | { kind: 'conditions'; view: ReleaseView };

/** Milliseconds of each stage; null for a stage that was not reached. Those after publishing count from its answer. */
export type PublishTimings = {
  readMs: number | null;
  exampleMs: number | null;
  hashMs: number | null;
  uploadMs: number | null;
  publishMs: number | null;
  storedMs: number | null;
  verifiedMs: number | null;
  reachableMs: number | null;
  totalMs: number | null;
};

export const noTimings: PublishTimings = {
  readMs: null,
  exampleMs: null,
  hashMs: null,
  uploadMs: null,
  publishMs: null,
  storedMs: null,
  verifiedMs: null,
  reachableMs: null,
  totalMs: null,
};
