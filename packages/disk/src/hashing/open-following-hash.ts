import { openOrdinaryFile } from '../files/open-ordinary-file.ts';
import { type FollowingHash, followFile } from './follow-file.ts';

/** Follows the file of this name, and closes it when disposed. Throws NotAFileError for a link or another thing. */
export async function openFollowingHash(
  path: string,
  size: number,
  have: { has(chunk: number): boolean },
): Promise<FollowingHash> {
  const handle = await openOrdinaryFile(path);
  const following = followFile(handle, size, have);
  return {
    ...following,
    async [Symbol.asyncDispose]() {
      // The thread first: the number of a closed file is soon that of another.
      await following[Symbol.asyncDispose]();
      await handle.close();
    },
  };
}
