import { hashRange } from './hash-range.ts';
import { type HashBytes, hashNode, type MerkleHash } from './merkle-hash.ts';
import { type ReadSubtree, splitPoint } from './subtree.ts';

/** The hashes that show a tree of `older` leaves to be the beginning of one of `newer` (RFC 9162 §2.1.4.1). */
export async function proveConsistency(
  older: number,
  newer: number,
  read: ReadSubtree,
  hash?: HashBytes,
): Promise<MerkleHash[]> {
  if (!(older >= 0 && older <= newer))
    throw new RangeError(`A tree of ${older} leaves does not begin one of ${newer}.`);
  if (older === 0 || older === newer) return [];
  const prove = async (m: number, start: number, end: number, isWhole: boolean): Promise<MerkleHash[]> => {
    if (m === end - start) return isWhole ? [] : [await hashRange(start, end, read, hash)];
    const k = splitPoint(end - start);
    return m <= k
      ? [...(await prove(m, start, start + k, isWhole)), await hashRange(start + k, end, read, hash)]
      : [...(await prove(m - k, start + k, end, false)), await hashRange(start, start + k, read, hash)];
  };
  return prove(older, 0, newer, true);
}

/** Whether the proof leads from the older root to the newer one (RFC 9162 §2.1.4.2). */
export function isConsistent(
  older: { size: number; root: MerkleHash },
  newer: { size: number; root: MerkleHash },
  proof: readonly MerkleHash[],
  hash?: HashBytes,
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && equal(older.root, newer.root);
  if (older.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  const first = path.shift();
  if (!first) return false;
  let fn = older.size - 1;
  let sn = newer.size - 1;
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let fr = first;
  let sr = first;
  for (const sibling of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = hashNode(sibling, fr, hash);
      sr = hashNode(sibling, sr, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      sr = hashNode(sr, sibling, hash);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && equal(fr, older.root) && equal(sr, newer.root);
}

const isPowerOfTwo = (n: number) => Number.isInteger(Math.log2(n));
const equal = (a: MerkleHash, b: MerkleHash) => a.length === b.length && a.every((byte, i) => byte === b[i]);
