import { rm } from 'node:fs/promises';
import { CallableError, type Digest, type Manifest } from '@callable/protocol';
import type { CachePaths } from './cache-paths.ts';
import { bytesOfRelease, type CachedRelease } from './cached-release.ts';
import type { Demand } from './demand.ts';
import type { Holds } from './holds.ts';
import { listLeftovers } from './list-leftovers.ts';
import { releaseValue } from './release-value.ts';

/**
 * A release stays at least this long after it was fetched, or two large ones would chase each other out for ever. Played on a trace
 * (`bench/cache.mjs`): with ten seconds 1.21 times as many cold calls as who knows the future, with half a minute 1.31,
 * and with five minutes one call in twenty found no room at all.
 */
export const minimumResidencyMs = 10_000;
/** What fetching is reckoned to cost until measured: a second, and a second per 50 MB. */
const fetchBytesPerSecond = 50e6;
/** What an interrupted fetch left behind is kept this long, for the next attempt to continue. */
const leftoverMs = 24 * 3600_000;

type Room = {
  paths: CachePaths;
  clock: () => number;
  diskBytes: number;
  demand: Demand;
  holds: Holds;
  releases: ReadonlyMap<Digest, CachedRelease & { since: number }>;
  /** Fetches under way, the one that asks for room among them. */
  fetching: ReadonlyMap<Digest, Manifest>;
  remove(release: CachedRelease): Promise<void>;
};

/**
 * Frees disk until everything that is here or on its way fits the operator's budget: first what interrupted fetches
 * left behind, then the release that is worth least, never one in use.
 * Throws NoNodeFits when the release alone is larger than the budget, DiskFull when the rest cannot go.
 */
export async function makeDiskRoom(room: Room, manifest: Manifest): Promise<void> {
  const bytes = bytesOfRelease(manifest);
  if (bytes > room.diskBytes)
    throw new CallableError('NoNodeFits', `The release has ${bytes} bytes, this node keeps at most ${room.diskBytes}.`);
  await sweepLeftovers(room);
  while (bytesInUse(room) > room.diskBytes) {
    const victim = leastWorth(room);
    if (!victim)
      throw new CallableError(
        'DiskFull',
        `All ${room.diskBytes} bytes this node may keep are taken by releases in use.`,
      );
    await room.remove(victim);
  }
}

function bytesInUse(room: Room): number {
  return [...filesInUse(room).values()].reduce((sum, size) => sum + size, 0);
}

/** Sizes of all files that are here or on their way, each once. */
function filesInUse({ releases, fetching }: Pick<Room, 'releases' | 'fetching'>): Map<string, number> {
  const manifests = [...[...releases.values()].map((release) => release.manifest), ...fetching.values()];
  return new Map(manifests.flatMap((manifest) => manifest.files.map((file) => [file.sha256, file.size])));
}

/** Old leftovers go in any case; of the others as many as the budget has no room for, the oldest first. */
export async function sweepLeftovers(
  room: Pick<Room, 'paths' | 'clock' | 'diskBytes' | 'releases' | 'fetching'>,
): Promise<void> {
  const inUse = filesInUse(room);
  const leftovers = await listLeftovers(room.paths.files, new Set(inUse.keys()));
  let bytes = [...inUse.values(), ...leftovers.map((leftover) => leftover.bytes)].reduce((sum, size) => sum + size, 0);
  for (const leftover of leftovers) {
    if (bytes <= room.diskBytes && room.clock() - leftover.touchedAt < leftoverMs) continue;
    await rm(leftover.path, { recursive: true, force: true });
    bytes -= leftover.bytes;
  }
}

function leastWorth({ releases, clock, demand, holds }: Room): CachedRelease | null {
  const now = clock();
  const candidates = [...releases.values()]
    .filter((release) => !holds.isHeld(release.digest) && now - release.since >= minimumResidencyMs)
    .map((release) => {
      const bytes = bytesOfRelease(release.manifest);
      const coldSeconds = 1 + bytes / fetchBytesPerSecond;
      return { release, value: releaseValue({ demandPerSecond: demand.rate(release.digest), coldSeconds, bytes }) };
    })
    .sort((a, b) => a.value - b.value || a.release.since - b.release.since);
  return candidates[0]?.release ?? null;
}
