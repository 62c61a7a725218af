import type { CallEncoding, Digest } from '@callable/protocol';

/** One call as an auditor needs it: what was asked and answered, byte for byte, and the salt of both digests. */
export type KeptCall = {
  /** Id of its receipt, 64 hex digits. */
  receipt: string;
  release: Digest;
  encoding: CallEncoding;
  /** 64 hex digits. */
  salt: string;
  at: number;
  inputs: Uint8Array;
  outputs: Uint8Array;
};
