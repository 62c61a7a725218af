import { address, bytes32, count, time } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';

/** Fits a uint8. What a later version of this code means by a number is no reason to refuse the receipt. */
const small = Type.Integer({ minimum: 0, maximum: 255 });
const u32 = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });

/**
 * A node's account of one call, version 3: a leaf of a batch that is signed once. Node, session, gateway and signature are
 * those of the batch. What earlier versions say under the same name means the same, but `response`.
 */
export const Receipt3 = Type.Object({
  version: Type.Literal(3),
  /** The number of this receipt in its session: the first of its batch, and its place there. */
  seq: count,
  /** Digest of the manifest of the release that answered, without its `sha256:`. */
  release: bytes32,
  /** EIP-712 hash of the request as the caller signed it; for a keyless call as the gateway wrote it down. */
  request: bytes32,
  /** Salted digests of the tensors (docs/glossary.md, tensor digest). */
  inputs: bytes32,
  outputs: bytes32,
  /**
   * sha256 of the salt of the answer and the outputs exactly as sent. Receipts are public: without the salt anybody could
   * try which of ten labels a stranger got.
   */
  response: bytes32,
  caller: address,
  startedAt: time,
  /** At most 2^32 - 1 ms later. */
  finishedAt: time,
  /** sha256 of the canonical JSON of the runtime: package, version, binary, provider, threads. */
  runtime: bytes32,
  auditClass: small,
  /** 0 when the answer is whole; every other number when it was cut. */
  end: small,
  /** What the call is counted as: 1, or rows. */
  units: u32,
  tokensIn: u32,
  tokensOut: u32,
  /** sha256 of the canonical JSON of `more`; zeros without one. */
  extra: bytes32,
  /** Random: whoever sees the hash of this receipt as a sibling in a path must not guess what it says. */
  salt: bytes32,
});
export type Receipt3 = Static<typeof Receipt3>;
