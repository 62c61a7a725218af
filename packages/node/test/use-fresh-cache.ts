import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunkBytes, type Digest, type Manifest } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { describeRelease, type NodeHub, startNodeHub } from '@callable/stand-ins';
import { afterEach, beforeEach, vi } from 'vitest';
import { createDemand } from '../src/cache/demand.ts';
import type { Refutation } from '../src/cache/fetch-parts.ts';
import { createHolds } from '../src/cache/holds.ts';
import { type CacheParts, openCache } from '../src/cache/open-cache.ts';

/** Where the cache of this test is, the hub it fetches from, and what it found to be lies. */
export let dataDir: string;
export let hub: NodeHub;
export let refuted: Refutation[];

let now = 1_000_000;
export const clock = () => now;
export const passTime = (ms: number) => {
  now += ms;
};

/** Gives every test of the file a hub and an empty directory. */
export function useFreshCache(): void {
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'callable-cache-'));
    hub = await startNodeHub();
    refuted = [];
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await hub[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });
}

/** A start of the node, on what an earlier one left. */
export const start = (parts: Partial<CacheParts> = {}) =>
  openCache(dataDir, {
    hub: createClient(hub.url),
    clock,
    diskBytes: 1e9,
    demand: createDemand(clock),
    holds: createHolds(),
    onChange: () => {},
    swarm: null,
    aggregators: [],
    refute: (found) => refuted.push(found),
    timing: { retryMs: 1 },
    ...parts,
  });

export const signal = new AbortController().signal;
/** The chunks asked for, in order of their place. */
export const rangesAsked = () =>
  hub.fileRequests
    .map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]) / chunkBytes)
    .sort((a, b) => a - b);
export const storedFiles = async () => (await readdir(join(dataDir, 'files'))).sort();

export function publish(files: Record<string, Uint8Array>): { digest: Digest; manifest: Manifest } {
  const manifest = describeRelease(files);
  return { digest: hub.add(manifest, Object.values(files)), manifest };
}
