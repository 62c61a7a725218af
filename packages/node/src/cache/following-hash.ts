import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type ChunkSet, chunkBytes, type ManifestFile } from '@callable/protocol';

/** The sha256 of a file whose chunks arrive in any order, computed behind them. */
export type FollowingHash = {
  /** A chunk is here, on the disk and in memory: goes on as far as there is no gap. */
  follow(index?: number, chunk?: Uint8Array): void;
  /** The hash of the whole file, once every chunk is here. Throws what reading it back threw. */
  digest(): Promise<string>;
  /** Resolves when nothing is being read any more; stops early. */
  settle(): Promise<void>;
};

/** Read at once, and hashed between two looks at other work. */
const pieceBytes = 1024 * 1024;

/**
 * Chunks are verified one by one as they come; the file's own hash needs them in order. Following behind, from what
 * the system still has in memory, costs no time at the end.
 */
export function createFollowingHash(file: ManifestFile, handle: FileHandle, have: ChunkSet): FollowingHash {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, file.size));
  let next = 0;
  let stopped = false;
  let running: Promise<void> | null = null;
  let failure: unknown = null;

  const run = async () => {
    for (; !stopped && next < file.chunks.length && have.has(next); next++) {
      const end = Math.min(file.size, (next + 1) * chunkBytes);
      for (let at = next * chunkBytes; at < end; ) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0) throw new Error(`${file.path} was cut off while it was fetched.`);
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
    }
  };

  const follow = () => {
    running ??= run()
      .catch((error: unknown) => {
        failure ??= error;
        stopped = true;
      })
      .finally(() => {
        running = null;
        // A chunk that came in the very last moment.
        if (!stopped && next < file.chunks.length && have.has(next)) follow();
      });
  };

  return {
    follow(index, chunk) {
      // Most come in order: what is in memory need not be read again.
      if (!running && !stopped && chunk && index === next) {
        hash.update(chunk);
        next++;
      }
      follow();
    },
    async digest() {
      while (running) await running;
      if (failure) throw failure;
      return hash.copy().digest('hex');
    },
    async settle() {
      stopped = true;
      while (running) await running;
    },
  };
}
