import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GrowingTree, type TileBytes } from './growing-tree.ts';
import { hashTree } from './hash-range.ts';
import { readSubtreesOfLeaves } from './leaves.ts';
import { hashLeaf } from './merkle-hash.ts';
import { loadTree, readBundle, readEntries, readSubtreesFrom } from './read-tiles.ts';
import { bundlePath, changedTiles, encodeBundle, tilePath } from './tiles.ts';

// The platform's: JavaScript would take half a minute for all these trees.
const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const leaf = (i: number) => hashLeaf(new TextEncoder().encode(`leaf ${i}`), hash);

describe('a growing tree', () => {
  const leaves = Array.from({ length: 66_000 }, (_, i) => leaf(i));
  const rootOf = (size: number) => hashTree(size, readSubtreesOfLeaves(leaves.slice(0, size), hash), hash);

  it('has the root and the tiles of a tree made at once, past two levels of tiles and through restarts', async () => {
    const files = new Map<string, Uint8Array>();
    const read = async (path: string) => files.get(path) ?? null;
    const write = (tiles: readonly TileBytes[]) => {
      for (const { tile, bytes } of tiles) files.set(tilePath(tile), bytes);
    };
    let tree = new GrowingTree(hash);
    for (const size of [0, 1, 2, 255, 256, 257, 700, 65_535, 65_536, 65_537, 66_000]) {
      const before = tree.size;
      while (tree.size < size) tree.append(leaves[tree.size]!);
      const written = [...tree.takeFinished(), ...tree.partialTiles()];
      write(written);
      const root = await rootOf(size);
      const paths = written.map(({ tile }) => tilePath(tile));
      expect(paths).toEqual(expect.arrayContaining(changedTiles(before, size).map(tilePath)));
      expect(await tree.root()).toEqual(root);
      expect(await hashTree(size, readSubtreesFrom(read, size, hash), hash)).toEqual(root);
      tree = await loadTree(read, size, hash);
      expect(await tree.root()).toEqual(root);
    }
    expect(files.get('tile/2/000.p/1')).toHaveLength(32);
    expect(files.get('tile/0/257.p/208')).toHaveLength(208 * 32);
  });
});

describe('a copy of a log', () => {
  const entries = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i & 255, i >> 8));
  const files = new Map([
    [bundlePath({ index: 0, width: 256 }), encodeBundle(entries.slice(0, 256))],
    [bundlePath({ index: 1, width: 44 }), encodeBundle(entries.slice(256))],
  ]);
  const read = async (path: string) => files.get(path) ?? null;

  it('gives its entries from any index on, also where a partial bundle gave way to the full one', async () => {
    const seen: number[] = [];
    for await (const { index, bytes } of readEntries(read, 300, 250)) {
      expect(bytes).toEqual(entries[index]);
      seen.push(index);
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => 250 + i));
    expect(await readBundle(read, { index: 0, width: 10 })).toEqual(entries.slice(0, 10));
  });

  it('attack: a bundle with fewer entries than its tree is refused', async () => {
    files.set(bundlePath({ index: 1, width: 50 }), encodeBundle(entries.slice(256)));
    await expect(readBundle(read, { index: 1, width: 50 })).rejects.toThrow('no whole tile/entries/001.p/50');
    await expect(readBundle(read, { index: 2, width: 1 })).rejects.toThrow('no whole');
  });
});
