import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, writeDurably } from '@callable/disk';
import { CallableError, canonicalJson, type Digest, type Manifest, type ManifestFile } from '@callable/protocol';
import { untilAborted } from '../waiting/until-aborted.ts';
import { fileOf, manifestFileOf, modelDirectoryOf, openCachePaths } from './cache-paths.ts';
import type { CachedRelease } from './cached-release.ts';
import type { Demand } from './demand.ts';
import { fetchFile } from './fetch-file.ts';
import type { FetchParts } from './fetch-parts.ts';
import { findChunk } from './find-chunk.ts';
import type { HeldChunk } from './held-chunk.ts';
import type { Holds } from './holds.ts';
import { isRegularFile } from './is-regular-file.ts';
import { makeDiskRoom, sweepLeftovers } from './make-disk-room.ts';
import type { PartialFile } from './partial-file.ts';
import { placeRelease } from './place-release.ts';
import { scanCache } from './scan-cache.ts';

/** Releases on this node's disk. What is not verified is never visible here. */
export type Cache = {
  list(): CachedRelease[];
  find(release: Digest): CachedRelease | null;
  /**
   * Brings a release here, or answers the one that is. One fetch per release at a time, however many ask.
   * Throws CallableError: HashMismatch, DiskFull, NoNodeFits, HubUnreachable, ….
   */
  fetch(release: Digest, manifest: Manifest, signal: AbortSignal): Promise<CachedRelease>;
  /** Hashes what lay on the disk while this process was not looking, once, before it is loaded. Throws HashMismatch. */
  verify(release: CachedRelease, signal: AbortSignal): Promise<void>;
  /** One chunk of a file that is here or on its way, for another node; null unless its bytes were verified. */
  findChunk(sha256: string, index: number): Promise<HeldChunk | null>;
};

export type CacheParts = Pick<FetchParts, 'hub' | 'clock' | 'swarm' | 'aggregators' | 'refute' | 'timing'> & {
  diskBytes: number;
  demand: Demand;
  holds: Holds;
  onChange: () => void;
};

export async function openCache(dataDir: string, parts: CacheParts): Promise<Cache> {
  const paths = await openCachePaths(dataDir);
  const releases = new Map<Digest, CachedRelease & { since: number }>();
  for (const release of await scanCache(paths)) releases.set(release.digest, { ...release, since: parts.clock() });
  const fetching = new Map<Digest, Manifest>();
  const releaseFlights = new Map<Digest, Promise<CachedRelease>>();
  const fileFlights = new Map<string, Promise<void>>();
  /** Files whose every byte this process has hashed. */
  const verified = new Set<string>();
  /** Files on their way: what is verified of them is for others already. */
  const partials = new Map<string, PartialFile>();
  await sweepLeftovers({ ...parts, paths, releases, fetching });

  const remove = async (release: CachedRelease) => {
    releases.delete(release.digest);
    // The manifest goes first: without it what is left is no release, whenever this is interrupted.
    await rm(manifestFileOf(paths, release.digest), { force: true });
    await rm(release.directory, { recursive: true, force: true });
    const others = [...[...releases.values()].map((other) => other.manifest), ...fetching.values()];
    const shared = new Set(others.flatMap((other) => other.files.map((file) => file.sha256)));
    for (const { sha256 } of release.manifest.files) {
      if (shared.has(sha256)) continue;
      verified.delete(sha256);
      await rm(fileOf(paths, sha256), { force: true });
    }
    parts.onChange();
  };

  const share = (partial: PartialFile): Disposable => {
    partials.set(partial.file.sha256, partial);
    return { [Symbol.dispose]: () => void partials.delete(partial.file.sha256) };
  };

  const obtainFile = async (release: Digest, file: ManifestFile, signal: AbortSignal) => {
    const target = fileOf(paths, file.sha256);
    const present = await isRegularFile(target, file.size);
    if (!present || (!verified.has(file.sha256) && (await hashFile(target, signal)).sha256 !== file.sha256)) {
      await rm(target, { recursive: true, force: true });
      await fetchFile({ ...parts, share }, release, file, target, signal);
    }
    verified.add(file.sha256);
  };

  const fetchRelease = async (digest: Digest, manifest: Manifest, signal: AbortSignal) => {
    using _hold = parts.holds.hold(digest);
    fetching.set(digest, manifest);
    try {
      await makeDiskRoom({ ...parts, paths, releases, fetching, remove }, manifest);
      for (const file of manifest.files)
        await joinFlight(fileFlights, file.sha256, signal, () => obtainFile(digest, file, signal));
      const release = { digest, manifest, directory: modelDirectoryOf(paths, digest) };
      await placeRelease(manifest, release.directory, (sha256) => fileOf(paths, sha256));
      await writeDurably(manifestFileOf(paths, digest), canonicalJson(manifest));
      releases.set(digest, { ...release, since: parts.clock() });
    } finally {
      fetching.delete(digest);
    }
    parts.onChange();
    return { digest, manifest, directory: modelDirectoryOf(paths, digest) };
  };

  return {
    list: () => [...releases.values()],
    find: (digest) => releases.get(digest) ?? null,
    fetch: async (digest, manifest, signal) =>
      releases.get(digest) ?? joinFlight(releaseFlights, digest, signal, () => fetchRelease(digest, manifest, signal)),
    findChunk: (sha256, index) => findChunk({ paths, releases, fetching, partials, verified }, sha256, index),
    verify: async (release, signal) => {
      for (const file of release.manifest.files) {
        if (verified.has(file.sha256)) continue;
        const found = await hashFile(join(release.directory, file.path), signal);
        if (found.sha256 !== file.sha256) {
          await remove(release);
          throw new CallableError('HashMismatch', `${file.path} has changed on the disk of this node.`);
        }
        verified.add(file.sha256);
      }
    },
  };
}

/**
 * Does `work`, or waits for whoever does it already under this key. When that one is called off, the work is not
 * lost for the others: the next in line begins it again.
 */
async function joinFlight<Key, Value>(
  flights: Map<Key, Promise<Value>>,
  key: Key,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  for (let running = flights.get(key); running; running = flights.get(key)) {
    try {
      return await untilAborted(running, signal);
    } catch (error) {
      if (signal.aborted || !isAbort(error)) throw error;
    }
  }
  const flight = work().finally(() => flights.delete(key));
  flights.set(key, flight);
  return flight;
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';
