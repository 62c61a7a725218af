import { lstat } from 'node:fs/promises';

/** Whether a file of its own, not a link to another place, with this size stands here. */
export async function isRegularFile(path: string, size: number): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isFile() === true && found.size === size;
}
