import { statfs } from 'node:fs/promises';

/** Bytes that a program without privileges may still write to the disk of this directory. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
