import { constants } from 'node:fs';
import { copyFile, link, rm } from 'node:fs/promises';

/**
 * Shares the bytes of a file instead of doubling them. A clone is best: its own inode, so that what happens to it never
 * reaches the other. Where the file system has none (ext4), a hard link. Throws EXDEV across file systems.
 */
export async function cloneOrLink(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(to, { force: true });
    await link(from, to);
  }
}
