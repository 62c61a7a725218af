import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestFile } from '@callable/protocol';

/**
 * Whether a directory holds these files, each a regular file of its size, and nothing else: no link somebody
 * planted, no file left over that a model could read as external data.
 */
export async function holdsExactly(directory: string, files: readonly ManifestFile[]): Promise<boolean> {
  const top = await lstat(directory).catch(() => null);
  if (!top?.isDirectory()) return false;
  const sizes = new Map(files.map((file) => [file.path, file.size]));
  const folders = new Set(files.flatMap((file) => foldersOf(file.path)));
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && folders.has(path)) open.push(path);
      else if (!entry.isFile() || (await lstat(join(directory, path))).size !== sizes.get(path)) return false;
      else sizes.delete(path);
    }
  }
  return sizes.size === 0;
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
