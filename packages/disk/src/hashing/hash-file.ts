import { openOrdinaryFile } from '../files/open-ordinary-file.ts';
import { hashHandle } from './hash-handle.ts';
import type { HashedFile } from './hashed-file.ts';

/** What a file holds. Throws NotAFileError for a link or anything else that is no file. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
  const handle = await openOrdinaryFile(path);
  try {
    return await hashHandle(handle, (await handle.stat()).size, signal);
  } finally {
    await handle.close();
  }
}
