import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import type { CallEncoding } from './call-encoding.ts';

/** What a call may take, milliseconds. */
export const longestDeadlineMs = 3_600_000;

/** The head of one call as it crosses a node link; the body follows as the caller sent it. */
export type LinkCallHead = {
  release: Digest;
  encoding: CallEncoding;
  /** The zero address for a call without a key. */
  caller: Address;
  /** Calls with one origin came from one network and share a turn. The gateway's own word: no address can be read from it. */
  origin?: string;
  /** EIP-712 hash of the signed request, which the receipt must name, 64 hex digits. */
  request: string;
  /** How long the caller still waits, milliseconds. */
  deadlineMs: number;
  /** Whether the caller takes the answer in pieces. */
  pieces?: boolean;
  traceparent?: string;
};
