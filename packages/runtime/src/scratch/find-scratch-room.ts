import { statfs } from 'node:fs/promises';

/** A file system in memory, and how much of it all scratch files together may take. */
export type ScratchRoom = {
  readonly directory: string;
  /** Whether so many bytes more are to be had; they are taken then. */
  take(bytes: number): boolean;
  give(bytes: number): void;
};

/** The kinds of file system whose files are memory: tmpfs and ramfs, by their number. */
const inMemory: readonly number[] = [0x01021994, 0x858458f6];
/** Others use it too: in a container it is 64 MB, of which a database takes its share. */
const share = 1 / 4;

/** Null where the system has none: a body on a disk would keep the loop of the node waiting whenever the disk is busy. */
export async function findScratchRoom(directory = '/dev/shm', mostBytes = 256 * 2 ** 20): Promise<ScratchRoom | null> {
  const found = await statfs(directory).catch(() => null);
  if (!found || !inMemory.includes(found.type)) return null;
  let left = Math.min(mostBytes, Math.floor(found.blocks * found.bsize * share));
  return {
    directory,
    take(bytes) {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
    give(bytes) {
      left += bytes;
    },
  };
}
