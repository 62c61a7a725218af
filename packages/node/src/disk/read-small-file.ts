import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The text of a regular file of at most `limit` bytes, or null when there is none: a link planted in the data
 * directory is not followed, and a file that grew without bound is not read.
 */
export async function readSmallFile(path: string, limit: number): Promise<string | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(nullWhenAbsent);
  if (!handle) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > limit) return null;
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function nullWhenAbsent(cause: unknown): null {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ELOOP') return null;
  throw cause;
}
