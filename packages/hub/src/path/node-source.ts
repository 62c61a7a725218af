import { createHash } from 'node:crypto';
import { chunkBytes, type ManifestFile } from '@callable/protocol';
import { readBody } from '@callable/storage';
import type { HubContext } from '../context.ts';
import type { ChunkSource } from './chunk-source.ts';

/** For a chunk of 4 MiB, and for the next piece of it, milliseconds. */
const patienceMs = 30_000;
const idleMs = 5_000;

/** A node that announced the file. It is a stranger who chose its own address. */
export function nodeSource(ctx: Pick<HubContext, 'fetch'>, peerUrl: string, file: ManifestFile): ChunkSource {
  return {
    name: 'a node',
    async take(index, signal) {
      const size = Math.min(chunkBytes, file.size - index * chunkBytes);
      const bytes = await readExactly(ctx, `${peerUrl}/v1/chunks/${file.sha256}/${index}`, size, signal);
      if (createHash('sha256').update(bytes).digest('hex') !== file.chunks[index])
        throw new Error(`${peerUrl} sent wrong bytes.`);
      return bytes;
    },
  };
}

async function readExactly(
  ctx: Pick<HubContext, 'fetch'>,
  url: string,
  size: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const overall = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const head = new AbortController();
  const timer = setTimeout(() => head.abort(new Error(`No answer for ${idleMs} ms.`)), idleMs);
  // Followed, a redirect could have the hub knock at doors that only the hub can reach.
  const response = await ctx
    .fetch(url, { signal: AbortSignal.any([overall, head.signal]), redirect: 'manual' })
    .finally(() => clearTimeout(timer));
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}.`);
  }
  const bytes = new Uint8Array(size);
  let filled = 0;
  for await (const piece of readBody(response, { idleMs, signal: overall })) {
    if (filled + piece.length > size) throw new Error(`${url} sends more than ${size} bytes.`);
    bytes.set(piece, filled);
    filled += piece.length;
  }
  if (filled < size) throw new Error(`${url} sent ${filled} bytes of ${size}.`);
  return bytes;
}
