import type { TypedStruct } from '../keys/typed-data.ts';
import { Extra } from '../schema/extra.ts';
import { address, bytes32, count, signature, time } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { receiptPrice } from './receipt-fields.ts';

/** Fits a uint8. What a later version of this code means by a number is no reason to refuse the receipt. */
const small = Type.Integer({ minimum: 0, maximum: 255 });

/**
 * A node's signed account of one call, version 2. What version 1 says means the same; what does not apply is zero. Fixed
 * sizes still: what comes later goes into the open object whose hash is `extra`.
 */
export const Receipt2 = Type.Object({
  version: Type.Literal(2),
  release: bytes32,
  model: bytes32,
  request: bytes32,
  inputs: bytes32,
  outputs: bytes32,
  response: bytes32,
  caller: address,
  node: address,
  nonce: bytes32,
  startedAt: time,
  finishedAt: time,
  runtime: bytes32,
  auditClass: small,
  evidence: bytes32,
  price: receiptPrice,
  asset: address,
  /** The chain of `asset`, by its EIP-155 number. */
  chain: count,
  /** What paid for the call: version 1 called it `paymentRef`. */
  payment: bytes32,
  /** What the price counts, such as rows. */
  units: count,
  tokensIn: count,
  tokensOut: count,
  /** 0 when the answer is whole; every other number when it was cut. */
  end: small,
  /** The session of the node within which `seq` counts: a node may have several at once. */
  session: bytes32,
  /** The number of the batch within the session, 0 outside of batches. */
  batch: count,
  seq: count,
  /** Id of the session's receipt before this one; zeros for the first, and where the batches are chained instead. */
  prev: bytes32,
  /** Random: a receipt is a leaf of trees, and whoever sees its hash as a sibling must not guess what it says. */
  salt: bytes32,
  /** sha256 of the audience for which the caller signed its request, in UTF-8. */
  audience: bytes32,
  /** The gateway through which the call came. */
  gateway: address,
  /** sha256 of the canonical JSON of `more`. */
  extra: bytes32,
});
export type Receipt2 = Static<typeof Receipt2>;

/** Open: an unsigned member says nothing, and `parseReceipt` drops it. */
export const SignedReceipt2 = Type.Object({ ...Receipt2.properties, signature, more: Type.Optional(Extra) });
export type SignedReceipt2 = Static<typeof SignedReceipt2>;

export const receiptStruct2: TypedStruct = {
  name: 'Receipt2',
  fields: [
    ['version', 'uint8'],
    ['release', 'bytes32'],
    ['model', 'bytes32'],
    ['request', 'bytes32'],
    ['inputs', 'bytes32'],
    ['outputs', 'bytes32'],
    ['response', 'bytes32'],
    ['caller', 'address'],
    ['node', 'address'],
    ['nonce', 'bytes32'],
    ['startedAt', 'uint64'],
    ['finishedAt', 'uint64'],
    ['runtime', 'bytes32'],
    ['auditClass', 'uint8'],
    ['evidence', 'bytes32'],
    ['price', 'uint256'],
    ['asset', 'address'],
    ['chain', 'uint64'],
    ['payment', 'bytes32'],
    ['units', 'uint64'],
    ['tokensIn', 'uint64'],
    ['tokensOut', 'uint64'],
    ['end', 'uint8'],
    ['session', 'bytes32'],
    ['batch', 'uint64'],
    ['seq', 'uint64'],
    ['prev', 'bytes32'],
    ['salt', 'bytes32'],
    ['audience', 'bytes32'],
    ['gateway', 'address'],
    ['extra', 'bytes32'],
  ],
};
