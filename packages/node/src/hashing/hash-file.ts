import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { startHashThread } from './start-hash-thread.ts';
import { threadBytes } from './thread-bytes.ts';

/** sha256 of a file in hex; a link is not followed. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await handle.stat();
    if (size >= threadBytes) {
      await using thread = startHashThread(handle);
      return await thread.finish(size, signal);
    }
    const hash = createHash('sha256');
    for await (const piece of handle.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false })) {
      signal?.throwIfAborted();
      hash.update(piece);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}
