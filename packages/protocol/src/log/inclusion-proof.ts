import { hashRange } from './hash-range.ts';
import { type HashBytes, hashNode, type MerkleHash } from './merkle-hash.ts';
import { type ReadSubtree, splitPoint } from './subtree.ts';

/** The siblings from a leaf up to the root of a tree of `size` leaves (RFC 9162 §2.1.3.1). */
export async function proveInclusion(
  index: number,
  size: number,
  read: ReadSubtree,
  hash?: HashBytes,
): Promise<MerkleHash[]> {
  if (!(index >= 0 && index < size)) throw new RangeError(`There is no leaf ${index} in a tree of ${size}.`);
  const prove = async (at: number, start: number, end: number): Promise<MerkleHash[]> => {
    if (end - start === 1) return [];
    const middle = start + splitPoint(end - start);
    return at < middle
      ? [...(await prove(at, start, middle)), await hashRange(middle, end, read, hash)]
      : [...(await prove(at, middle, end)), await hashRange(start, middle, read, hash)];
  };
  return prove(index, 0, size);
}

/** The root that a leaf hash and its proof lead to, or null when the proof has the wrong length. */
export function rootOfInclusion(
  index: number,
  size: number,
  leaf: MerkleHash,
  proof: readonly MerkleHash[],
  hash?: HashBytes,
): MerkleHash | null {
  if (!(index >= 0 && index < size)) return null;
  // RFC 9162 §2.1.3.2: fn and sn walk up together; where fn is the last node of its row it has no right sibling.
  let fn = index;
  let sn = size - 1;
  let root = leaf;
  for (const sibling of proof) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      root = hashNode(sibling, root, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      root = hashNode(root, sibling, hash);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? root : null;
}
