import { fetchFromPeer } from '@callable/http/peers';
import { chunkBytes, type ManifestFile } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { ChunkSource } from './chunk-source.ts';

/** For a chunk of 4 MiB, and for the next piece of it, milliseconds. */
const timing = { chunkMs: 30_000, silenceMs: 5_000 };

/**
 * A node that announced the file. It is a stranger who chose its own address, so the hub asks it as nodes ask each
 * other: within the hub's peer scope, by the address the name resolves to, and nothing but a chunk.
 */
export function nodeSource(ctx: Pick<HubContext, 'config'>, peerUrl: string, file: ManifestFile): ChunkSource {
  return {
    name: 'a node',
    async take(index, signal) {
      const into = new Uint8Array(Math.min(chunkBytes, file.size - index * chunkBytes));
      const { peerScope: scope } = ctx.config;
      const found = await fetchFromPeer({ url: peerUrl, scope, sha256: file.sha256, index, into, signal, timing });
      if (found !== file.chunks[index]) throw new Error(`${peerUrl} sent wrong bytes.`);
      return into;
    },
  };
}
