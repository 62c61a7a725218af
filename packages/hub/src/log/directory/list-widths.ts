import { readdir } from 'node:fs/promises';

/** The widths of the partial tiles or bundles in a directory, in no order; none where it is not there. */
export async function listWidths(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  // A file being written has another name until it is whole.
  return names.filter((name) => /^[0-9]+$/.test(name)).map(Number);
}
