import { createHash } from 'node:crypto';
import { chunkBytes, type Digest, type ManifestFile } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findSeeders } from '../fetches/find-seeders.ts';

type RepairContext = Pick<HubContext, 'db' | 'blobs' | 'clock' | 'fetch' | 'log'>;

const patienceMs = 30_000;

/**
 * Brings a lost or damaged file back from the nodes that hold it, chunk by chunk, each checked before it is used.
 * False when no node has all of it; then only the publisher can help.
 */
export async function repairFile(
  ctx: RepairContext,
  release: Digest,
  file: ManifestFile,
  signal: AbortSignal,
): Promise<boolean> {
  const seeders = await findSeeders(ctx, release, file.sha256);
  if (seeders.length === 0) return false;
  try {
    await ctx.blobs.put(
      file.sha256,
      file.size,
      chunksFrom(
        ctx,
        seeders.map(({ peerUrl }) => peerUrl),
        file,
        signal,
      ),
      { signal },
    );
    ctx.log.warn({ sha256: file.sha256 }, 'a stored file was repaired from a node');
    return true;
  } catch (error) {
    signal.throwIfAborted();
    ctx.log.warn({ cause: String(error), sha256: file.sha256 }, 'a stored file could not be repaired from nodes');
    return false;
  }
}

async function* chunksFrom(
  ctx: RepairContext,
  peers: readonly string[],
  file: ManifestFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const [index, sha256] of file.chunks.entries()) {
    const size = Math.min(chunkBytes, file.size - index * chunkBytes);
    yield await firstRight(ctx, peers, `/v1/chunks/${file.sha256}/${index}`, { sha256, size }, signal);
  }
}

/** The first answer whose bytes are right; a node that lies or stalls costs only the time until the next is asked. */
async function firstRight(
  ctx: RepairContext,
  peers: readonly string[],
  path: string,
  expected: { sha256: string; size: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  for (const peer of peers) {
    const bytes = await readBounded(ctx, peer + path, expected.size, signal).catch(() => null);
    if (bytes && createHash('sha256').update(bytes).digest('hex') === expected.sha256) return bytes;
    signal.throwIfAborted();
  }
  throw new Error(`No node gave the right bytes of ${path}.`);
}

async function readBounded(
  ctx: RepairContext,
  url: string,
  size: number,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const limits = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  // Followed, a redirect could have the hub knock at doors that only the hub can reach.
  const response = await ctx.fetch(url, { signal: limits, redirect: 'manual' });
  if (!response.ok || !response.body) return null;
  const pieces: Uint8Array[] = [];
  let read = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    read += piece.length;
    if (read > size) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
