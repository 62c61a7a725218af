import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isDiskError } from './is-disk-error.ts';
import { NotAFileError } from './not-a-file-error.ts';

/**
 * Opens a file to read it. Throws NotAFileError for anything else that bears the name, and what the system says
 * (ENOENT, …). A link is not followed: one planted here passes off bytes that are not ours.
 */
export async function openOrdinaryFile(path: string): Promise<FileHandle> {
  // Not blocking: a pipe planted here would otherwise hold us for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((cause: unknown) => {
    throw isDiskError(cause, 'ELOOP') ? new NotAFileError(`${path} is a link.`, { cause }) : cause;
  });
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw new NotAFileError(`${path} is no ordinary file.`);
}
