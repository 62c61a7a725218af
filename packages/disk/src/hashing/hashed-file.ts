import type { FileHandle } from 'node:fs/promises';

/** What somebody has found in a file, and which file that was: a name can be given to another one at any time. */
export type HashedFile = { sha256: string; size: number; device: bigint; inode: bigint };

/** Says of an open file what was found in it. */
export async function identifyHashed(
  handle: FileHandle,
  { sha256, size }: { sha256: string; size: number },
): Promise<HashedFile> {
  const { dev, ino, size: length } = await handle.stat({ bigint: true });
  // Longer than what was read, it is not the file that was hashed: its size says so.
  return { sha256, size: Number(length) > size ? Number(length) : size, device: dev, inode: ino };
}
