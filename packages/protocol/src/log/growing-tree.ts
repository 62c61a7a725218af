import { hashTree } from './hash-range.ts';
import type { HashBytes, MerkleHash } from './merkle-hash.ts';
import type { ReadSubtree } from './subtree.ts';
import { subtreeFromTile, type Tile, tileHeight, tileOfSubtree, tileWidth } from './tiles.ts';

export type TileBytes = { tile: Tile; bytes: Uint8Array };

/**
 * The right edge of a log's tree: of every level of tiles the one that still grows. Appending a leaf costs about one
 * hash and no reading, whatever the size of the log.
 */
export class GrowingTree {
  /** By level: the hashes of the unfinished tile. */
  readonly #rows: MerkleHash[][];
  readonly #hash: HashBytes | undefined;
  #size: number;
  #finished: TileBytes[] = [];

  /** An empty tree, or one of `size` leaves whose unfinished tiles are given, bottom first. */
  constructor(hash?: HashBytes, edge: { size: number; rows: MerkleHash[][] } = { size: 0, rows: [] }) {
    this.#hash = hash;
    this.#size = edge.size;
    this.#rows = edge.rows.map((row) => [...row]);
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: MerkleHash): void {
    this.#size++;
    this.#push(0, leaf);
  }

  /** The root over all leaves so far. */
  root(): Promise<MerkleHash> {
    return hashTree(this.#size, this.#read, this.#hash);
  }

  /** The tiles that have become full since the last call, in the order in which they did. */
  takeFinished(): TileBytes[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** The tiles that still grow, bottom first. */
  partialTiles(): TileBytes[] {
    return this.#rows.flatMap((row, level) =>
      row.length === 0 ? [] : [{ tile: { level, index: this.#indexOf(level), width: row.length }, bytes: join(row) }],
    );
  }

  #push(level: number, hash: MerkleHash): void {
    const row = this.#row(level);
    row.push(hash);
    if (row.length < tileWidth) return;
    const bytes = join(row);
    this.#finished.push({ tile: { level, index: this.#indexOf(level) - 1, width: tileWidth }, bytes });
    row.length = 0;
    this.#push(level + 1, subtreeFromTile(bytes, 0, tileWidth, this.#hash));
  }

  #row(level: number): MerkleHash[] {
    while (this.#rows.length <= level) this.#rows.push([]);
    return this.#rows[level] as MerkleHash[];
  }

  /** Of the tile that grows; the size already counts the leaf that is being appended. */
  #indexOf(level: number): number {
    return Math.floor(this.#size / tileWidth ** (level + 1));
  }

  readonly #read: ReadSubtree = async (subtree) => {
    const { first, count } = tileOfSubtree(subtree, this.#size);
    return subtreeFromTile(join(this.#row(Math.floor(subtree.level / tileHeight))), first, count, this.#hash);
  };
}

function join(hashes: readonly MerkleHash[]): Uint8Array {
  const bytes = new Uint8Array(32 * hashes.length);
  for (const [i, hash] of hashes.entries()) bytes.set(hash, 32 * i);
  return bytes;
}
