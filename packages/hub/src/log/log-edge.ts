import { type GrowingTree, hashLeaf, loadTree, readBundle, tileWidth, toHex } from '@callable/protocol';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import type { LogHead } from './log-head.ts';

/** Where the log grows: its tree, and the entries of the bundle that is not full yet. */
export type LogEdge = { tree: GrowingTree; bundle: Uint8Array[] };

/** The edge of the log at a head, from its files. Throws when they do not make that head. */
export async function loadEdge(directory: string, head: LogHead | null): Promise<LogEdge> {
  const readFile = readLogFilesIn(directory);
  const size = head?.size ?? 0;
  const tree = await loadTree(readFile, size, hashBytes);
  const width = size % tileWidth;
  const bundle = width === 0 ? [] : await readBundle(readFile, { index: Math.floor(size / tileWidth), width });
  const leaves = tree.partialTiles().find(({ tile }) => tile.level === 0)?.bytes ?? new Uint8Array();
  const isWhole = toHex(leaves) === bundle.map((entry) => toHex(hashLeaf(entry, hashBytes))).join('');
  if (!isWhole || (head && toHex(await tree.root()) !== toHex(head.root)))
    throw new Error(`The files of the log in ${directory} do not make its head over ${size} entries.`);
  return { tree, bundle };
}
