import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CallableError, type Digest, type Manifest } from '@callable/protocol';
import type { CachePaths } from './cache-paths.ts';
import { bytesOfRelease, type CachedRelease } from './cached-release.ts';
import type { Demand } from './demand.ts';
import type { Holds } from './holds.ts';
import { releaseValue } from './release-value.ts';

/** A release stays at least this long after it was fetched, or two large ones would chase each other out for ever. */
const minimumResidencyMs = 5 * 60_000;
/** What fetching is reckoned to cost until measured: a second, and a second per 50 MB. */
const fetchBytesPerSecond = 50e6;

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
  if (bytesInUse(room) <= room.diskBytes) return;
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

function bytesInUse({ releases, fetching }: Room): number {
  const manifests = [...[...releases.values()].map((release) => release.manifest), ...fetching.values()];
  const sizes = new Map(manifests.flatMap((manifest) => manifest.files.map((file) => [file.sha256, file.size])));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function sweepLeftovers({ paths, releases, fetching }: Room): Promise<void> {
  const manifests = [...[...releases.values()].map((release) => release.manifest), ...fetching.values()];
  const kept = new Set(manifests.flatMap((manifest) => manifest.files.map((file) => file.sha256)));
  for (const name of await readdir(paths.files)) {
    if (!kept.has(name.replace(/\.partial$/, ''))) await rm(join(paths.files, name), { recursive: true, force: true });
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
