import { chunkBytes } from '@callable/protocol';
import type { WalrusEntry } from './index/walrus-index.ts';

/**
 * The bytes of a file from `start` to `end` (exclusive), put together from whole chunks because only those have a
 * hash. Asked for when they are read, one ahead; holds two chunks.
 */
export async function* readChunks(
  entry: WalrusEntry,
  { start, end }: { start: number; end: number },
  fetchChunk: (index: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (start >= end || entry.size === 0) return;
  const last = Math.floor((end - 1) / chunkBytes);
  const begin = (index: number) => {
    const chunk = fetchChunk(index);
    // Nobody may ever ask for the one that was fetched ahead.
    chunk.catch(() => undefined);
    return chunk;
  };
  let next: Promise<Uint8Array> | null = begin(Math.floor(start / chunkBytes));
  for (let index = Math.floor(start / chunkBytes); next; index++) {
    const bytes: Uint8Array = await next;
    next = index < last ? begin(index + 1) : null;
    const from = index * chunkBytes;
    yield bytes.subarray(Math.max(0, start - from), Math.min(bytes.length, end - from));
  }
}
