import { type HashBytes, hashNode, type MerkleHash } from './merkle-hash.ts';
import type { Subtree } from './subtree.ts';

/**
 * C2SP tlog-tiles: hashes of every eighth level in files of up to 256, which never change once full. Tile level L
 * holds subtrees of level 8·L; those in between are recomputed from it.
 */
export const tileHeight = 8;
export const tileWidth = 2 ** tileHeight;

export type Tile = { level: number; index: number; width: number };

/** `tile/<L>/<N>[.p/<W>]` with N in groups of three digits, all but the last marked with x. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${pathOfIndex(index)}${partialSuffix(width)}`;
}

/** `tile/entries/<N>[.p/<W>]`: the bundle of entries under the same tile of level 0. */
export function bundlePath({ index, width }: Omit<Tile, 'level'>): string {
  return `tile/entries/${pathOfIndex(index)}${partialSuffix(width)}`;
}

const partialSuffix = (width: number) => (width === tileWidth ? '' : `.p/${width}`);

function pathOfIndex(index: number): string {
  const groups: string[] = [];
  let rest = index;
  do {
    groups.unshift(String(rest % 1000).padStart(3, '0'));
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** The tile that holds a subtree in a tree of this size, and where in it. */
export function tileOfSubtree(subtree: Subtree, size: number): { tile: Tile; first: number; count: number } {
  const level = Math.floor(subtree.level / tileHeight);
  const span = 2 ** (subtree.level - level * tileHeight);
  const start = subtree.index * span;
  const index = Math.floor(start / tileWidth);
  const rowLength = Math.floor(size / 2 ** (level * tileHeight));
  return {
    tile: { level, index, width: Math.min(tileWidth, rowLength - index * tileWidth) },
    first: start % tileWidth,
    count: span,
  };
}

/** The tiles that appear or grow when a tree goes from `before` to `after` leaves, bottom first. */
export function changedTiles(before: number, after: number): Tile[] {
  const out: Tile[] = [];
  for (let level = 0; ; level++) {
    const unit = 2 ** (level * tileHeight);
    const [from, to] = [Math.floor(before / unit), Math.floor(after / unit)];
    if (to === 0) return out;
    for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index++) {
      const width = Math.min(tileWidth, to - index * tileWidth);
      if (index * tileWidth + width > from) out.push({ level, index, width });
    }
  }
}

/** The hash of a subtree from the bytes of its tile. */
export function subtreeFromTile(bytes: Uint8Array, first: number, count: number, hash?: HashBytes): MerkleHash {
  if ((first + count) * 32 > bytes.length) throw new RangeError('The tile is shorter than its tree says.');
  let row: MerkleHash[] = Array.from({ length: count }, (_, i) => bytes.slice(32 * (first + i), 32 * (first + i + 1)));
  while (row.length > 1) {
    const pairs = row;
    row = Array.from({ length: pairs.length / 2 }, (_, i) =>
      hashNode(pairs[2 * i] as MerkleHash, pairs[2 * i + 1] as MerkleHash, hash),
    );
  }
  return row[0] as MerkleHash;
}

/** Entries as a bundle holds them: each after its length as u16, big-endian. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new RangeError('An entry of a log has at most 65535 bytes.');
    view.setUint16(at, entry.length);
    out.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return out;
}

/** The entries of a bundle, or null when it is cut off. */
export function decodeBundle(bytes: Uint8Array): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length) return null;
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return null;
    out.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return out;
}
