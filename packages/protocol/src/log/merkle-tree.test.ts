import { describe, expect, it } from 'vitest';
import { isConsistent, proveConsistency } from './consistency-proof.ts';
import { hashTree } from './hash-range.ts';
import { proveInclusion, rootOfInclusion } from './inclusion-proof.ts';
import { emptyRoot, hashLeaf, hashNode, type MerkleHash } from './merkle-hash.ts';
import { coverRange, type ReadSubtree, splitPoint } from './subtree.ts';
import {
  changedTiles,
  decodeBundle,
  encodeBundle,
  subtreeFromTile,
  tileOfSubtree,
  tilePath,
  tileWidth,
} from './tiles.ts';

const leaves = Array.from({ length: 600 }, (_, i) => hashLeaf(new TextEncoder().encode(`leaf ${i}`)));

/** RFC 6962 §2.1 word for word: the oracle. */
function naiveRoot(part: readonly MerkleHash[]): MerkleHash {
  if (part.length === 0) return emptyRoot();
  if (part.length === 1) return part[0]!;
  const k = splitPoint(part.length);
  return hashNode(naiveRoot(part.slice(0, k)), naiveRoot(part.slice(k)));
}

const rootOfSubtree = remember((key: string) => {
  const [level = 0, index = 0] = key.split(' ').map(Number);
  return naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
});
const readFromLeaves: ReadSubtree = async ({ level, index }) => rootOfSubtree(`${level} ${index}`);
const rootOf = remember((size: number) => naiveRoot(leaves.slice(0, size)));

function remember<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, make(key));
    return known.get(key)!;
  };
}

const sizes = [...Array.from({ length: 40 }, (_, i) => i), 127, 128, 129, 255, 256, 257, 511, 512, 513, 600];

describe('the Merkle tree of RFC 6962', () => {
  it('has the published roots of the empty tree and of an empty leaf', () => {
    expect(Buffer.from(emptyRoot()).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(Buffer.from(hashLeaf(new Uint8Array())).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });

  it('has the root the definition gives, for every size', async () => {
    for (const size of sizes) expect(await hashTree(size, readFromLeaves)).toEqual(naiveRoot(leaves.slice(0, size)));
  });

  it('proves every leaf in every tree, and nothing else', async () => {
    for (const size of sizes.filter((one) => one > 0)) {
      const root = naiveRoot(leaves.slice(0, size));
      for (const index of new Set([0, 1, size >> 1, size - 2, size - 1].filter((one) => one >= 0 && one < size))) {
        const proof = await proveInclusion(index, size, readFromLeaves);
        expect(rootOfInclusion(index, size, leaves[index]!, proof)).toEqual(root);
        expect(rootOfInclusion(index, size, leaves[(index + 1) % 600]!, proof)).not.toEqual(root);
        expect(rootOfInclusion(index, size, leaves[index]!, [...proof, root])).toBeNull();
        if (proof.length > 0) expect(rootOfInclusion(index, size, leaves[index]!, proof.slice(1))).not.toEqual(root);
      }
    }
  });

  it('proves each tree to begin every later one, and refuses a rewritten history', async () => {
    for (const older of sizes) {
      for (const newer of sizes.filter((size) => size >= older)) {
        const proof = await proveConsistency(older, newer, readFromLeaves);
        const [a, b] = [older, newer].map((size) => ({ size, root: rootOf(size) }));
        expect(isConsistent(a!, b!, proof)).toBe(true);
        if (older > 0 && older < newer) {
          const rewritten = { size: older, root: naiveRoot([leaves[599]!, ...leaves.slice(1, older)]) };
          expect(isConsistent(rewritten, b!, proof)).toBe(false);
          expect(
            isConsistent(a!, { size: newer, root: naiveRoot([...leaves.slice(0, newer - 1), leaves[0]!]) }, proof),
          ).toBe(false);
        }
      }
    }
  });

  it('covers any aligned range with complete subtrees', () => {
    expect(coverRange(0, 7)).toEqual([
      { level: 2, index: 0 },
      { level: 1, index: 2 },
      { level: 0, index: 6 },
    ]);
  });
});

describe('tiles', () => {
  it('are named as the specification says', () => {
    expect(tilePath({ level: 0, index: 0, width: 256 })).toBe('tile/0/000');
    expect(tilePath({ level: 1, index: 1234067, width: 8 })).toBe('tile/1/x001/x234/067.p/8');
  });

  it('hold every subtree that proofs need, whatever steps the tree grew in', async () => {
    const tiles = new Map<string, Uint8Array>();
    let before = 0;
    for (const after of [1, 3, 200, 256, 257, 512, 600]) {
      for (const tile of changedTiles(before, after)) {
        const row = await Promise.all(
          Array.from({ length: tile.width }, (_, i) =>
            readFromLeaves({ level: 8 * tile.level, index: tile.index * tileWidth + i }),
          ),
        );
        tiles.set(tilePath(tile), Uint8Array.from(row.flatMap((hash) => [...hash])));
      }
      const read: ReadSubtree = async (subtree) => {
        const { tile, first, count } = tileOfSubtree(subtree, after);
        return subtreeFromTile(tiles.get(tilePath(tile)) ?? new Uint8Array(), first, count);
      };
      expect(await hashTree(after, read)).toEqual(naiveRoot(leaves.slice(0, after)));
      const proof = await proveConsistency(before, after, read);
      expect(
        isConsistent(
          { size: before, root: naiveRoot(leaves.slice(0, before)) },
          { size: after, root: await hashTree(after, read) },
          proof,
        ),
      ).toBe(true);
      before = after;
    }
    expect([...tiles.keys()]).toContain('tile/1/000.p/2');
  });

  it('bundle entries with their lengths and refuse a bundle that is cut off', () => {
    const entries = [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(65535)];
    const bundle = encodeBundle(entries);
    expect(decodeBundle(bundle)).toEqual(entries);
    expect(decodeBundle(bundle.subarray(0, -1))).toBeNull();
    expect(() => encodeBundle([new Uint8Array(65536)])).toThrow(RangeError);
  });
});
