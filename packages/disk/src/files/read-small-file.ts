import { isDiskError } from './is-disk-error.ts';
import { NotAFileError } from './not-a-file-error.ts';
import { openOrdinaryFile } from './open-ordinary-file.ts';

/**
 * The text of a regular file of at most `limit` bytes, or null when there is none: a link planted in the data
 * directory is not followed, and a file that grew without bound is not read.
 */
export async function readSmallFile(path: string, limit: number): Promise<string | null> {
  return (await readSmallBytes(path, limit))?.toString('utf8') ?? null;
}

/** The same, as bytes. */
export async function readSmallBytes(path: string, limit: number): Promise<Buffer | null> {
  const handle = await openOrdinaryFile(path).catch((cause: unknown) => {
    if (cause instanceof NotAFileError || isDiskError(cause, 'ENOENT')) return null;
    throw cause;
  });
  if (!handle) return null;
  try {
    return (await handle.stat()).size > limit ? null : await handle.readFile();
  } finally {
    await handle.close();
  }
}
