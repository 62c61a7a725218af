import { emptyRoot, type HashBytes, hashNode, type MerkleHash } from './merkle-hash.ts';
import { coverRange, type ReadSubtree } from './subtree.ts';

/** The Merkle tree hash over leaves start to end (RFC 6962 §2.1), from the hashes of complete subtrees. */
export async function hashRange(start: number, end: number, read: ReadSubtree, hash?: HashBytes): Promise<MerkleHash> {
  const parts = await Promise.all(coverRange(start, end).map(read));
  const last = parts.pop();
  if (!last) return emptyRoot(hash);
  return parts.reduceRight((right, left) => hashNode(left, right, hash), last);
}

/** The root of the tree of the first `size` leaves. */
export const hashTree = (size: number, read: ReadSubtree, hash?: HashBytes) => hashRange(0, size, read, hash);
