import type { Address, Digest } from '@callable/protocol';

/** A report of a gateway as it was filed. */
export interface SegmentTable {
  /** sha256 of the bytes as they came: sent again they are known. */
  id: string;
  gateway: Address;
  arrived_at: number;
  batches: number;
  /** Leaves of all batches in it. */
  calls: number;
  /** When its first and its last batch were signed, by their nodes' clocks. */
  from_at: number;
  to_at: number;
  /** Below the directory of the log; null where nothing of it was filed, or what was is lost. */
  file: string | null;
  /** sha256 of what is filed, where that is not what came. */
  filed: string | null;
  /** Where it begins in that file, and how long it is there. */
  offset: number;
  length: number;
  /** The seq of the receipts.batched statement that covers it. */
  batch: number | null;
}

/** Receipts of one session without a gap, in one segment. No two runs of a session overlap. */
export interface ReceiptRunTable {
  session: string;
  node: Address;
  first: number;
  last: number;
  /** Hash of the header of its last batch. */
  head: string;
  segment: string;
}

/** How far a session of a node has been reported. */
export interface ReceiptSessionTable {
  session: string;
  node: Address;
  gateway: Address;
  next: number;
  /** Hash of the header before `next`; zeros at the start. */
  head: string;
  last_at: number;
}

/** Numbers that are missing; `last` is before `first` where none is, and the chain of headers is broken there. */
export interface ReceiptGapTable {
  node: Address;
  session: string;
  first: number;
  last: number;
  found_at: number;
}

/** Whose call it was: of a key, of none, of the publisher or the operator of the node; or it failed without a receipt. */
export type CallKind = 'signed' | 'keyless' | 'own' | 'failed';

/** Calls that no release.called statement says yet. */
export interface UncountedCallTable {
  release: Digest;
  /** Empty where nobody answered. */
  node: Address | '';
  kind: CallKind;
  count: number;
  last_at: number;
}

/** Keys that have called a release, and a node whose answer says so. */
export interface ReleaseCallerTable {
  release: Digest;
  caller: Address;
  node: Address;
}
