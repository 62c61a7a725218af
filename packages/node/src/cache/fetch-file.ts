import { setMaxListeners } from 'node:events';
import { CallableError, type Digest, endWithin, type ManifestFile } from '@callable/protocol';
import { locateBlobs } from '../sources/locate-blobs.ts';
import type { FetchParts } from './fetch-parts.ts';
import { FetchPlan } from './fetch-plan.ts';
import { newStanding } from './fetch-sources.ts';
import { followLeases } from './follow-leases.ts';
import { openPartialFile, type PartialFile } from './partial-file.ts';
import { takeFromAggregator } from './take-from-aggregator.ts';
import { createOriginLane } from './take-from-origin.ts';
import { takeFromPeer } from './take-from-peer.ts';

/** Chunks under way from the hub, and as many from peers: each is held in memory, 4 MiB at most, until it is verified. */
const lanes = 4;
/** The same for all aggregators together. */
const aggregatorLanes = 2;
/** The hub's answer where a file is on Walrus is not waited for longer, milliseconds. */
const locateMs = 20_000;
/** What a hub that cannot or will not give the file says; others may have it all the same. */
const hubsOwn = new Set<string>([
  ...['HubUnreachable', 'NotReady', 'DatabaseUnavailable', 'TooManyRequests', 'Internal'],
  ...['BlobNotFound', 'HashMismatch'],
]);
/** A file this small costs less than the question who shall fetch it. */
const smallBytes = 256 * 1024;

/**
 * Brings one file to `target` from the hub, other nodes and Walrus, each chunk verified before it is kept, continuing
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
  const walrus = openAggregatorLanes(parts, release, plan, partial, either);
  const times = Math.min(lanes, file.chunks.length);
  const origin = createOriginLane(parts, plan, partial);
  const work = [
    withoutHub(runTogether(times, origin, either), plan, walrus),
    walrus.ended,
    ...(swarm && !plan.alone
      ? [
          ...repeat(times, () => takeFromPeer(parts, swarm, plan, partial, either)),
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

type AggregatorLanes = {
  /** Whether there is an aggregator to ask; known when the hub has said where the file is on Walrus. */
  opened: Promise<boolean>;
  /** Resolves when all chunks are here or no aggregator is left to ask. */
  ended: Promise<void>;
};

/** Small files cost an aggregator more time than the hub. */
function openAggregatorLanes(
  parts: FetchParts,
  release: Digest,
  plan: FetchPlan,
  partial: PartialFile,
  signal: AbortSignal,
): AggregatorLanes {
  const { file } = plan;
  if (parts.aggregators.length === 0 || file.size <= smallBytes)
    return { opened: Promise.resolve(false), ended: Promise.resolve() };
  const patience = endWithin(locateMs, signal, plan.finished);
  const located = locateBlobs(parts.hub, release, file, patience).catch(() => null);
  const opened = located.then((placeOf) => {
    if (!placeOf) return false;
    plan.aggregators = parts.aggregators.map((url) => ({ kind: 'aggregator', url, ...newStanding() }));
    plan.emit();
    return true;
  });
  const ended = opened.then(async (isOpen) => {
    const placeOf = await located;
    if (!isOpen || !placeOf) return;
    const times = Math.min(aggregatorLanes, file.chunks.length);
    await Promise.all(repeat(times, () => takeFromAggregator(parts, placeOf, plan, partial, signal)));
  });
  return { opened, ended };
}

/** Several lanes of which each failure is that of all; none is still at work when this ends. */
async function runTogether(times: number, lane: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  setMaxListeners(0, either);
  const lanes = repeat(times, () => lane(either));
  for (const each of lanes) each.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(lanes);
  either.throwIfAborted();
}

/** Goes on without the hub when it fails and Walrus has the file; its failure counts once no aggregator is left. */
async function withoutHub(origin: Promise<unknown>, plan: FetchPlan, walrus: AggregatorLanes): Promise<void> {
  try {
    await origin;
  } catch (error) {
    const isHubs = error instanceof CallableError && hubsOwn.has(error.code);
    if (!isHubs || !(await walrus.opened)) throw error;
    plan.alone = true;
    plan.emit();
    await walrus.ended;
    if (!plan.have.isFull) throw error;
  }
}

const repeat = <Value>(times: number, make: () => Value): Value[] => Array.from({ length: times }, make);
