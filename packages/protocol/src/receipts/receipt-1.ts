import type { TypedStruct } from '../keys/typed-data.ts';
import { address, bytes32, count, signature, time } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { receiptPrice } from './receipt-fields.ts';

/** A node's signed account of one call, version 1. All fields have a fixed size, so hashing it costs the same for every call. */
export const Receipt1 = Type.Object(
  {
    version: Type.Literal(1),
    /** Digest of the manifest of the release that answered, without its `sha256:`. */
    release: bytes32,
    /** sha256 of the model file itself. */
    model: bytes32,
    /** EIP-712 hash of the request as the caller signed it; for a keyless call as the gateway wrote it down. */
    request: bytes32,
    /** Salted digests of the tensors (docs/glossary.md, tensor digest). */
    inputs: bytes32,
    outputs: bytes32,
    /** sha256 of the outputs exactly as sent, so that a gateway can check the answer without parsing it. */
    response: bytes32,
    caller: address,
    node: address,
    nonce: bytes32,
    startedAt: time,
    finishedAt: time,
    /** sha256 of the canonical JSON of the runtime: package, version, binary, provider, threads. */
    runtime: bytes32,
    auditClass: Type.Integer({ minimum: 0, maximum: 4 }),
    evidence: bytes32,
    price: receiptPrice,
    asset: address,
    paymentRef: bytes32,
    /** Counts up per node; together with `prev` gaps and forks become visible. */
    seq: count,
    /** Id of the node's receipt before this one; zeros for the first. */
    prev: bytes32,
  },
  { additionalProperties: false },
);
export type Receipt1 = Static<typeof Receipt1>;

export const SignedReceipt1 = Type.Object({ ...Receipt1.properties, signature }, { additionalProperties: false });
export type SignedReceipt1 = Static<typeof SignedReceipt1>;

export const receiptStruct1: TypedStruct = {
  name: 'Receipt',
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
    ['paymentRef', 'bytes32'],
    ['seq', 'uint64'],
    ['prev', 'bytes32'],
  ],
};
