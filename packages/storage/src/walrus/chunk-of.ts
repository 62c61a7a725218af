import { chunkBytes } from '@callable/protocol';
import type { Chunk } from './aggregators/fetch-chunk.ts';
import type { WalrusEntry } from './index/walrus-index.ts';

/** Where the 4 MiB with this number lie: in which blob, from where, how long, and what their hash is. */
export function chunkOf(entry: WalrusEntry, index: number): Chunk {
  const offset = index * chunkBytes;
  const length = Math.min(chunkBytes, entry.size - offset);
  let partStart = 0;
  for (const part of entry.parts) {
    if (offset < partStart + part.size || entry.size === 0)
      return { blobId: part.blobId, start: offset - partStart, length, sha256: entry.chunks[index] ?? '' };
    partStart += part.size;
  }
  throw new RangeError(`A file of ${entry.size} bytes has no chunk ${index}.`);
}
