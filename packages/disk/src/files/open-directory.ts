import { lstat, mkdir } from 'node:fs/promises';

/**
 * Creates a private directory, or takes the one that is there.
 * Throws when a link or file stands in its place: following it would write outside the data directory.
 */
export async function openDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error(`${path} is not a directory of its own: remove it, then start again.`);
  return path;
}
