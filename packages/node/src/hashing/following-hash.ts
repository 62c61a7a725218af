import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type ChunkSet, chunkBytes, type ManifestFile } from '@callable/protocol';
import { startHashThread } from './start-hash-thread.ts';
import { threadBytes } from './thread-bytes.ts';

/** The sha256 of a file whose chunks arrive in any order, computed behind them. */
export type FollowingHash = {
  /** A chunk is here and on the disk: goes on as far as there is no gap. */
  follow(): void;
  /** The hash of the whole file, once every chunk is here. Throws what reading it back threw. */
  digest(): Promise<string>;
  /** Resolves when nothing is being read any more; stops early. */
  settle(): Promise<void>;
};

/**
 * Chunks are verified one by one as they come; the file's own hash needs them in order. Following behind, from what
 * the system still has in memory, costs little time at the end; a large file has a thread of its own for it.
 */
export function createFollowingHash(file: ManifestFile, handle: FileHandle, have: ChunkSet): FollowingHash {
  if (file.size < threadBytes) return hashAtTheEnd(file, handle);
  const thread = startHashThread(handle);
  let next = 0;
  return {
    follow() {
      const before = next;
      while (next < file.chunks.length && have.has(next)) next++;
      if (next > before) thread.advance(Math.min(file.size, next * chunkBytes));
    },
    digest: () => thread.finish(file.size),
    settle: async () => thread[Symbol.asyncDispose](),
  };
}

/** Read at once, and hashed between two looks at other work. */
const pieceBytes = 256 * 1024;

/** A small file costs less than a thread. */
function hashAtTheEnd(file: ManifestFile, handle: FileHandle): FollowingHash {
  return {
    follow() {},
    async digest() {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, file.size));
      for (let at = 0; at < file.size; ) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, file.size - at), at);
        if (bytesRead === 0) throw new Error(`${file.path} was cut off while it was fetched.`);
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      return hash.digest('hex');
    },
    settle: async () => {},
  };
}
