import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadLogFile } from '@callable/protocol';

/** Reads the files of a log below a directory; null for one that is not there. */
export const readLogFilesIn =
  (directory: string): ReadLogFile =>
  (path) =>
    readOrNull(join(directory, path));

/** The bytes of a file, or null when there is none. */
export async function readOrNull(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}
