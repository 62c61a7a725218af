import type { Digest, ManifestFile } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findSeeders } from '../fetches/find-seeders.ts';
import type { ChunkSource } from './chunk-source.ts';
import { nodeSource } from './node-source.ts';
import { findWalrusSource } from './walrus-source.ts';

type RepairContext = Pick<HubContext, 'db' | 'blobs' | 'clock' | 'fetch' | 'log' | 'config'>;

/**
 * Brings a lost or damaged file back from where other copies are, nodes and Walrus, chunk by chunk, each checked before
 * it is used. Answers in words whose copy it was; null when all of them together do not have it, and only the publisher
 * can help.
 */
export async function repairFile(
  ctx: RepairContext,
  release: Digest,
  file: ManifestFile,
  signal: AbortSignal,
): Promise<string | null> {
  const sources = await findSources(ctx, release, file);
  const names = new Set<string>();
  try {
    const chunks = takeChunks(file, sources, (source) => names.add(source.name), signal);
    await ctx.blobs.put(file.sha256, file.size, chunks, { signal });
  } catch (error) {
    signal.throwIfAborted();
    ctx.log.warn({ cause: String(error), sha256: file.sha256 }, 'a stored file could not be repaired');
    return null;
  }
  const from = [...names].join(' and ') || 'elsewhere';
  ctx.log.warn({ sha256: file.sha256, from }, 'a stored file was repaired');
  return from;
}

/** Nodes first: what they send costs nobody anything. */
async function findSources(ctx: RepairContext, release: Digest, file: ManifestFile): Promise<ChunkSource[]> {
  const seeders = await findSeeders(ctx, release, file.sha256);
  const walrus = await findWalrusSource(ctx, file);
  return [...seeders.map(({ peerUrl }) => nodeSource(ctx, peerUrl, file)), ...(walrus ? [walrus] : [])];
}

/**
 * Each chunk from the first source that has it right. Who failed is asked last from then on: one that stalls at every
 * chunk would else hold a large file up for longer than the whole job may take.
 */
async function* takeChunks(
  file: ManifestFile,
  sources: readonly ChunkSource[],
  onUse: (source: ChunkSource) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let order = [...sources];
  for (const index of file.chunks.keys()) {
    let chunk: Uint8Array | null = null;
    for (const source of [...order]) {
      chunk = await source.take(index, signal).catch(() => null);
      signal.throwIfAborted();
      if (chunk) onUse(source);
      if (chunk) break;
      order = [...order.filter((other) => other !== source), source];
    }
    if (!chunk) throw new Error(`None of ${sources.length} sources gave the right bytes of chunk ${index}.`);
    yield chunk;
  }
}
