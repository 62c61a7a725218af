import type { FileHandle } from 'node:fs/promises';
import { chunkBytes } from '@callable/protocol';
import { hashHandle } from './hash-handle.ts';
import { type HashedFile, identifyHashed } from './hashed-file.ts';
import { startHashThread } from './start-hash-thread.ts';
import { threadBytes } from './thread-bytes.ts';

/** The sha256 of a file whose chunks arrive in any order, computed behind them. Dispose it, also in the middle. */
export type FollowingHash = AsyncDisposable & {
  /** A chunk is here and on the disk: goes on as far as there is no gap. */
  follow(): void;
  /** What the whole file is, once every chunk is here; of another size when it has not the announced one. */
  finish(): Promise<HashedFile>;
};

/**
 * Chunks are verified one by one as they come; the file's own hash needs them in order. Following behind, from what
 * the system still has in memory, costs little time at the end; a large file has a thread of its own for it. The handle
 * stays the caller's, and is closed after this is disposed.
 */
export function followFile(handle: FileHandle, size: number, have: { has(chunk: number): boolean }): FollowingHash {
  // A small file costs less than a thread.
  if (size < threadBytes)
    return { follow() {}, finish: () => hashHandle(handle, size), async [Symbol.asyncDispose]() {} };
  const thread = startHashThread(handle);
  const chunks = Math.ceil(size / chunkBytes);
  let next = 0;
  return {
    follow() {
      const before = next;
      while (next < chunks && have.has(next)) next++;
      if (next > before) thread.advance(Math.min(size, next * chunkBytes));
    },
    finish: async () => identifyHashed(handle, await thread.finish(size)),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
