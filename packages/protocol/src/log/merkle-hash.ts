import { sha256 } from '@noble/hashes/sha2.js';

/** 32 bytes: the hash of a leaf, of a node or of a whole tree. */
export type MerkleHash = Uint8Array;

/**
 * How hashes are made; the platform's native sha256 can be given instead of the one in JavaScript.
 * RFC 6962 §2.1: the first byte keeps a leaf from passing for a node (a second-preimage attack).
 */
export type HashBytes = (bytes: Uint8Array) => MerkleHash;

export function hashLeaf(data: Uint8Array, hash: HashBytes = sha256): MerkleHash {
  const bytes = new Uint8Array(1 + data.length);
  bytes.set(data, 1);
  return hash(bytes);
}

export function hashNode(left: MerkleHash, right: MerkleHash, hash: HashBytes = sha256): MerkleHash {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return hash(bytes);
}

/** The root of a tree without leaves. */
export const emptyRoot = (hash: HashBytes = sha256): MerkleHash => hash(new Uint8Array());
