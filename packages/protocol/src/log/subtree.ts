/**
 * A tree of n leaves is a row of complete subtrees, one for each bit of n. All proofs of RFC 6962 are made of
 * complete subtrees, so whoever can name the hash of each can prove anything: `level` l, `index` i is the root over
 * leaves i·2^l to (i+1)·2^l - 1.
 */
export type Subtree = { level: number; index: number };

/** Reads the hash of a complete subtree; throws when the tree does not hold it. */
export type ReadSubtree = (subtree: Subtree) => Promise<Uint8Array>;

/** The largest power of two below n (n > 1). */
export function splitPoint(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/** The complete subtrees that make up leaves start to end, left to right; start is aligned as RFC 6962 splits are. */
export function coverRange(start: number, end: number): Subtree[] {
  const out: Subtree[] = [];
  for (let at = start; at < end; ) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++;
    out.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return out;
}
