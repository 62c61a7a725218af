import {
  type Checkpoint,
  decodeEntry,
  hashLeaf,
  hashTree,
  type LogEntry,
  type NoteKey,
  openCheckpoint,
  type ReadLogFile,
  readEntries,
  readSubtreesFrom,
  readSubtreesOfLeaves,
  toHex,
} from '@callable/protocol';

export type WholeLog = {
  checkpoint: Checkpoint;
  entries: LogEntry[];
  /** The root of the first so many entries, in hex. */
  rootAt: (size: number) => Promise<string>;
};

/** Reads a log from its files alone and throws unless checkpoint, tiles and entries agree. */
export async function readWholeLog(readFile: ReadLogFile, log: NoteKey): Promise<WholeLog> {
  const note = await readFile('checkpoint');
  const opened = openCheckpoint(Buffer.from(note ?? []).toString(), log);
  if (!opened.ok) throw new Error(`The checkpoint does not verify: ${opened.why}.`);
  const { checkpoint } = opened;
  const leaves: Uint8Array[] = [];
  const entries: LogEntry[] = [];
  for await (const { bytes } of readEntries(readFile, checkpoint.size)) {
    const entry = decodeEntry(bytes);
    if (!entry) throw new Error(`Entry ${leaves.length} is none.`);
    entries.push(entry);
    leaves.push(hashLeaf(bytes));
  }
  const rootAt = async (size: number) => toHex(await hashTree(size, readSubtreesOfLeaves(leaves.slice(0, size))));
  const byTiles = toHex(await hashTree(checkpoint.size, readSubtreesFrom(readFile, checkpoint.size)));
  const roots = new Set([toHex(checkpoint.root), byTiles, await rootAt(checkpoint.size)]);
  if (roots.size > 1) throw new Error(`Checkpoint, tiles and entries have different roots: ${[...roots]}.`);
  return { checkpoint, entries, rootAt };
}
