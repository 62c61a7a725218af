import { setMaxListeners } from 'node:events';
import type { Address, Digest, ManifestFile, PeerScope } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import { FetchPlan } from './fetch-plan.ts';
import { followLeases } from './follow-leases.ts';
import { openPartialFile, type PartialFile } from './partial-file.ts';
import { createOriginLane } from './take-from-origin.ts';
import { takeFromPeer } from './take-from-peer.ts';

/** What a source did: a chunk with another hash. `source` is null for the hub. */
export type Refutation = { source: { node: Address; url: string } | null; file: string; chunk: number; got: string };

export type FetchParts = {
  hub: Client;
  clock: () => number;
  /** Who this node is among others; null when it fetches from the hub alone. */
  swarm: { address: Address; peerUrl: () => string | null; scope: PeerScope } | null;
  /** Lets others have what is verified while the rest is on its way, until disposed. */
  share: (partial: PartialFile) => Disposable;
  refute: (refutation: Refutation) => void;
  timing?: { retryMs?: number; attempts?: number };
};

/** Chunks under way from the hub, and as many from peers: each is held in memory, 4 MiB at most, until it is verified. */
const lanes = 4;
/** A file this small costs less than the question who shall fetch it. */
const smallBytes = 256 * 1024;

/**
 * Brings one file to `target` from the hub and from other nodes, each chunk verified before it is kept, continuing
 * what an earlier attempt left beside it. Nothing stands at `target` before all of it is right and on the disk.
 * Throws CallableError: HashMismatch, DiskFull, HubUnreachable, or what the hub answered.
 */
export async function fetchFile(
  parts: FetchParts,
  release: Digest,
  file: ManifestFile,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  await using partial = await openPartialFile(`${target}.partial`, file, signal);
  if (!partial.have.isFull) {
    using _shared = parts.share(partial);
    await fetchChunks(parts, release, partial, signal);
    await partial.publish(target);
    return;
  }
  await partial.publish(target);
}

async function fetchChunks(
  parts: FetchParts,
  release: Digest,
  partial: PartialFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { file, have } = partial;
  const { swarm } = parts;
  const plan = new FetchPlan(file, have, parts.clock, swarm ? Number.parseInt(swarm.address.slice(-8), 16) : 0);
  plan.alone = swarm === null || file.size <= smallBytes;
  const ended = new AbortController();
  const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  // Every lane listens to it, some twice.
  setMaxListeners(0, either);
  const origin = createOriginLane(parts, plan, partial);
  const work = [
    ...repeat(Math.min(lanes, file.chunks.length), () => origin(either)),
    ...(swarm && !plan.alone
      ? [
          ...repeat(Math.min(lanes, file.chunks.length), () => takeFromPeer(parts, swarm, plan, partial, either)),
          followLeases(parts, swarm, release, plan, either),
        ]
      : []),
  ];
  const wake = () => plan.emit();
  either.addEventListener('abort', wake, { once: true });
  for (const each of work) each.catch((error: unknown) => ended.abort(error));
  await Promise.allSettled(work);
  either.removeEventListener('abort', wake);
  either.throwIfAborted();
}

const repeat = <Value>(times: number, make: () => Value): Value[] => Array.from({ length: times }, make);
