import { GrowingTree } from './growing-tree.ts';
import type { HashBytes, MerkleHash } from './merkle-hash.ts';
import type { ReadSubtree } from './subtree.ts';
import { bundlePath, decodeBundle, subtreeFromTile, type Tile, tileOfSubtree, tilePath, tileWidth } from './tiles.ts';

/** Reads a file of a log by its path (`checkpoint`, `tile/0/000`); null when there is none. */
export type ReadLogFile = (path: string) => Promise<Uint8Array | null>;

/** Reads subtrees from the tiles of a log of this size. Nothing is believed: compare what comes of it with a root. */
export function readSubtreesFrom(readFile: ReadLogFile, size: number, hash?: HashBytes): ReadSubtree {
  const read = new Map<string, Promise<Uint8Array>>();
  return async (subtree) => {
    const { tile, first, count } = tileOfSubtree(subtree, size);
    const path = tilePath(tile);
    const bytes = read.get(path) ?? readTile(readFile, tile);
    read.set(path, bytes);
    return subtreeFromTile(await bytes, first, count, hash);
  };
}

/** The bytes of a tile; a partial one may have given way to the full one. Throws when neither is there. */
export async function readTile(readFile: ReadLogFile, tile: Tile): Promise<Uint8Array> {
  const bytes = (await readFile(tilePath(tile))) ?? (await readFile(tilePath({ ...tile, width: tileWidth })));
  if (!bytes || bytes.length < 32 * tile.width) throw new Error(`The log has no whole ${tilePath(tile)}.`);
  return bytes.subarray(0, 32 * tile.width);
}

/** The data of the leaves under a tile of level 0. Throws when the bundle is not there or cut off. */
export async function readBundle(
  readFile: ReadLogFile,
  { index, width }: { index: number; width: number },
): Promise<Uint8Array[]> {
  const path = bundlePath({ index, width });
  const bytes = (await readFile(path)) ?? (await readFile(bundlePath({ index, width: tileWidth })));
  const entries = bytes && decodeBundle(bytes);
  if (!entries || entries.length < width) throw new Error(`The log has no whole ${path}.`);
  return entries.slice(0, width);
}

/** The data of all leaves of a log of this size from an index on, in order, a bundle at a time. */
export async function* readEntries(
  readFile: ReadLogFile,
  size: number,
  from = 0,
): AsyncGenerator<{ index: number; bytes: Uint8Array }> {
  for (let bundle = Math.floor(from / tileWidth); bundle * tileWidth < size; bundle++) {
    const start = bundle * tileWidth;
    const entries = await readBundle(readFile, { index: bundle, width: Math.min(tileWidth, size - start) });
    for (const [i, bytes] of entries.entries()) if (start + i >= from) yield { index: start + i, bytes };
  }
}

/** The tree of a log of this size, ready to grow, from its unfinished tiles. */
export async function loadTree(readFile: ReadLogFile, size: number, hash?: HashBytes): Promise<GrowingTree> {
  const rows: MerkleHash[][] = [];
  for (let level = 0, row = size; row > 0; level++, row = Math.floor(row / tileWidth)) {
    const width = row % tileWidth;
    const tile = { level, index: Math.floor(row / tileWidth), width };
    const bytes = width === 0 ? new Uint8Array() : await readTile(readFile, tile);
    rows.push(Array.from({ length: width }, (_, i) => bytes.slice(32 * i, 32 * (i + 1))));
  }
  return new GrowingTree(hash, { size, rows });
}
