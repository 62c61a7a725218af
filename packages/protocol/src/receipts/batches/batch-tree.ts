import { sha256 } from '../../bytes/sha256.ts';
import { type HashBytes, hashNode, type MerkleHash } from '../../log/merkle-hash.ts';

/** The tree of RFC 6962 over the leaves of one batch, whole and at once: there are at most 64. */
export type BatchTree = {
  readonly root: MerkleHash;
  /** The siblings from a leaf up to the root. */
  path(index: number): MerkleHash[];
};

/** Rows from the leaves up: where a row is odd its last node stands in the next one too, as RFC 6962 splits a tree. */
export function growBatchTree(leaves: readonly MerkleHash[], hash: HashBytes = sha256): BatchTree {
  const rows: MerkleHash[][] = [[...leaves]];
  for (let row = rows[0] ?? []; row.length > 1; ) {
    const above: MerkleHash[] = [];
    for (let at = 0; at < row.length; at += 2) {
      const [left, right] = [row[at] as MerkleHash, row[at + 1]];
      above.push(right ? hashNode(left, right, hash) : left);
    }
    rows.push(above);
    row = above;
  }
  const root = rows.at(-1)?.[0];
  if (!root) throw new RangeError('A batch has at least one receipt.');
  return {
    root,
    path(index) {
      if (!(index >= 0 && index < leaves.length)) throw new RangeError(`There is no leaf ${index} in this batch.`);
      return rows.flatMap((row, level) => row[Math.floor(index / 2 ** level) ^ 1] ?? []);
    },
  };
}
