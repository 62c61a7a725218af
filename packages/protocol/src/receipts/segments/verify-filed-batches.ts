import { toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import { recoverBytesSigner } from '../../keys/recover-signer.ts';
import type { HashBytes, MerkleHash } from '../../log/merkle-hash.ts';
import { growBatchTree } from '../batches/batch-tree.ts';
import { hashBatchBytes, placesInBatch as places } from '../batches/hash-batch-bytes.ts';
import { hashLeaves, type SignedHash } from './leaves-of-batch.ts';
import type { BatchView, SegmentView } from './view-segment.ts';

export type BatchVerdict =
  | { ok: true; id: string; leaves: MerkleHash[] }
  | { ok: false; why: 'receipt' | 'root' | 'signature' | 'caller' };

/**
 * Whether a batch is the node's own and these are its receipts, and whether each caller that is named signed its request.
 * Says the hash of the header and the leaves. For all batches of one segment: what they share is made once.
 */
export function verifyFiledBatches(segment: SegmentView, hash: HashBytes = sha256): (batch: BatchView) => BatchVerdict {
  const { bytes } = segment;
  const leavesOf = hashLeaves(segment, hash);
  return (batch) => {
    const signed: SignedHash[] = [];
    const leaves = leavesOf(batch, signed);
    if (!leaves) return { ok: false, why: 'receipt' };
    const isRoot = isSame(growBatchTree(leaves, hash).root, bytes, batch.at + places.root);
    if (!isRoot) return { ok: false, why: 'root' };
    const id = hashBatchBytes(bytes, batch.at);
    const isBy = (said: Uint8Array, signature: number, address: number) => {
      const signer = recoverBytesSigner(said, bytes.subarray(signature, signature + 65));
      return signer !== null && isSame(signer, bytes, address);
    };
    if (!isBy(id, batch.at + places.signature, batch.at + places.node)) return { ok: false, why: 'signature' };
    // A caller that did not sign is nobody.
    const isSigned = signed.every((one) => isBy(one.hash, one.signature, one.caller));
    return isSigned ? { ok: true, id: toHex(id), leaves } : { ok: false, why: 'caller' };
  };
}

function isSame(value: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < value.length; index++) if (value[index] !== bytes[at + index]) return false;
  return true;
}
