import { type HashBytes, hashNode, type MerkleHash } from './merkle-hash.ts';
import type { ReadSubtree } from './subtree.ts';

/** Subtrees over leaf hashes in memory, each computed once. */
export function readSubtreesOfLeaves(leaves: readonly MerkleHash[], hash?: HashBytes): ReadSubtree {
  const known = new Map<string, MerkleHash>();
  const read = (level: number, index: number): MerkleHash => {
    const leaf = leaves[index];
    if (level === 0 && leaf) return leaf;
    if (level === 0) throw new RangeError(`There is no leaf ${index} among ${leaves.length}.`);
    const key = `${level} ${index}`;
    const found = known.get(key) ?? hashNode(read(level - 1, 2 * index), read(level - 1, 2 * index + 1), hash);
    known.set(key, found);
    return found;
  };
  return async ({ level, index }) => read(level, index);
}
