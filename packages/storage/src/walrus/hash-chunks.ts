import { createHash } from 'node:crypto';
import { chunkBytes } from '@callable/protocol';
import { sliceStream } from '../http/slice-stream.ts';

/** The sha256 of every 4 MiB of a stream; of nothing, one. */
export async function hashChunks(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const hashes = [];
  for await (const slice of sliceStream(source, chunkBytes))
    hashes.push(createHash('sha256').update(slice).digest('hex'));
  return hashes;
}
