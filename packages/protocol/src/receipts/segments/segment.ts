import type { Address } from '../../identity/address.ts';
import type { Digest } from '../../identity/digest.ts';
import type { MerkleHash } from '../../log/merkle-hash.ts';
import type { RequestTerms } from '../../requests/request-terms.ts';
import type { SignedBatch } from '../batches/batch-header.ts';
import type { Receipt3 } from '../batches/receipt-3.ts';

/** What a caller signed of its call, and the signature. */
export type SignedCall = {
  version: 1 | 2;
  method: string;
  path: string;
  /** sha256 of the body, 64 hex digits. */
  body: string;
  nonce: string;
  issuedAt: number;
  /** Of version 2; null in version 1. */
  audience: string | null;
  terms: RequestTerms | null;
  signature: string;
};

/** One leaf of a batch. A bare hash is no usage: a probe, a copy, the answer of a hedge that lost. */
export type CallRecord =
  | { kind: 'hash'; leaf: MerkleHash }
  | {
      kind: 'call';
      receipt: Receipt3;
      request: SignedCall | null;
      /** What a gateway says of the network of a caller that signed, 16 hex digits; none in version 1. */
      tag?: string | undefined;
    };

export type BatchOfCalls = { batch: SignedBatch; records: readonly CallRecord[] };

/** Calls of one release that failed without a receipt. */
export type FailedCalls = { release: Digest; count: number; lastAt: number };

/**
 * Calls of one release that found nothing to answer them: `networks` are those that asked this gateway for it for the first time on
 * this UTC day. Keys and calls are free, networks are not.
 */
export type WantedCalls = { release: Digest; calls: number; networks: number; lastAt: number };

/** What a gateway reports at once, and what the hub files as it came: the calls of some batches, whole batches only. */
export type Segment = {
  failures: readonly FailedCalls[];
  /** Of version 2. */
  wanted?: readonly WantedCalls[];
  batches: readonly BatchOfCalls[];
};

/** The bytes of a segment that one report may have. */
export const largestSegment = 8 * 1024 * 1024;

/** The media type of a segment. */
export const segmentType = 'application/vnd.callable.segment';

export const zeroCaller = `0x${'0'.repeat(40)}` as Address;
