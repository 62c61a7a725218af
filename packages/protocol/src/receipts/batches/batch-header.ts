import { toHex } from '../../bytes/hex.ts';
import type { PrivateKey } from '../../keys/private-key.ts';
import { hashSignable, recoverHashSigner } from '../../keys/recover-signer.ts';
import { signHash } from '../../keys/sign-typed.ts';
import { hashTyped, type TypedStruct } from '../../keys/typed-data.ts';
import { address, bytes32, count, signature, time } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';

/** More would make every path longer, and nobody waits for a batch to fill. */
export const largestBatch = 64;

/** What a node signs for the receipts of one tick on one link. */
export const BatchHeader = Type.Object({
  node: address,
  /** One link of the node: the first half random at each start of the node, then the number of the link. */
  session: bytes32,
  /** The gateway at the other end of the link. */
  gateway: address,
  /** The number of the first receipt in the session; the others count on. */
  first: count,
  count: Type.Integer({ minimum: 1, maximum: largestBatch }),
  /** Of the tree of RFC 6962 over the leaves in order. */
  root: bytes32,
  /** Hash of the header before this one in the session; zeros for the first. */
  previous: bytes32,
  issuedAt: time,
});
export type BatchHeader = Static<typeof BatchHeader>;

export const SignedBatch = Type.Object({ ...BatchHeader.properties, signature });
export type SignedBatch = Static<typeof SignedBatch>;

export const batchStruct: TypedStruct = {
  name: 'ReceiptBatch',
  fields: [
    ['node', 'address'],
    ['session', 'bytes32'],
    ['gateway', 'address'],
    ['first', 'uint64'],
    ['count', 'uint64'],
    ['root', 'bytes32'],
    ['previous', 'bytes32'],
    ['issuedAt', 'uint64'],
  ],
};

/** A signed header and its hash, 64 hex digits: what the next one names as `previous`. */
export function signBatch(header: BatchHeader, key: PrivateKey): { batch: SignedBatch; id: string } {
  const hash = hashTyped(batchStruct, header);
  return { batch: { ...header, signature: signHash(hash, key) }, id: toHex(hash) };
}

/** The hash of a header, or null when its node did not sign it. */
export function verifyBatch(batch: SignedBatch): string | null {
  const hash = hashSignable(batchStruct, batch);
  return hash && recoverHashSigner(hash, batch.signature) === batch.node ? toHex(hash) : null;
}
