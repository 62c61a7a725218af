import { chmod, mkdir, stat } from 'node:fs/promises';

/**
 * Creates the directory of a hub, node or network, for its owner alone, or closes the one that is there: other users of
 * the machine would read refused releases, shown calls and the database. One of another owner is left as it is.
 */
export async function openDataDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(path);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) await chmod(path, 0o700);
}
