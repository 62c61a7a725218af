import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireDataLock, openDataDirectory } from '@callable/disk';
import { formatTable } from '@callable/formats';
import { addressOf, CallableError } from '@callable/protocol';
import { createRuntimes, type Runtime, type RuntimeTable, runtimeTable } from '@callable/runtime';
import { createClient } from '@callable/sdk';
import { pino } from 'pino';
import { createDemand } from './cache/demand.ts';
import { createHolds } from './cache/holds.ts';
import { openCache } from './cache/open-cache.ts';
import type { NodeConfig } from './config.ts';
import type { NodeContext, NodeOverrides } from './context.ts';
import { openKeptCalls } from './kept-calls/open-kept-calls.ts';
import { findSharedFile } from './log/find-shared-file.ts';
import { openSeenHead } from './log/open-seen-head.ts';
import { refuteSource } from './peers/refute-source.ts';
import { serveChunks } from './peers/serve-chunks.ts';
import { createPresence } from './presence/create-presence.ts';
import { openReceipts } from './receipts/open-receipts.ts';
import { createQuarantine } from './replicas/create-quarantine.ts';
import { createReplicaSet } from './replicas/create-replica-set.ts';
import { createChanges } from './waiting/create-changes.ts';
import { type Closer, createCloser } from './waiting/create-closer.ts';
import { createTurns } from './waiting/create-turns.ts';

/** Calls that may wait for a slot before a gateway is told to ask another node. */
const longestQueue = 1024;

/** Opens everything in order; what was opened is closed again when a later step fails, and when disposed. */
export async function openContext(
  config: NodeConfig,
  overrides: NodeOverrides = {},
): Promise<NodeContext & AsyncDisposable> {
  const closer = createCloser();
  try {
    const context = await openParts(config, overrides, closer);
    return { ...context, [Symbol.asyncDispose]: closer.close };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

async function openParts(config: NodeConfig, overrides: NodeOverrides, closer: Closer): Promise<NodeContext> {
  const { key, dataDir, diskBytes } = config;
  await openDataDirectory(dataDir);
  closer.use(await acquireDataLock(dataDir, 'node'));
  const clock = overrides.clock ?? Date.now;
  const random = overrides.random ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
  // Standard output belongs to whoever started this: `callable node start --json` promises one document there.
  const log = overrides.log ?? pino({ level: config.logLevel, name: 'node' }, pino.destination(2));
  const heads = closer.use(openSeenHead(dataDir, (err) => log.warn({ err }, 'the head seen last is not kept')));
  const hub = overrides.hub ?? createClient(config.hubUrl, { key, clock, random, heads });
  const changes = createChanges(log);
  const onChange = changes.emit;
  const demand = createDemand(clock);
  const holds = createHolds();
  const quarantine = createQuarantine(clock, onChange);
  const receipts = openReceipts(key, { random, clock });
  const kept = { windowMs: config.keptCallsMs, diskBytes: config.keptCallsBytes, clock, log };
  const keptCalls = closer.use(await openKeptCalls(join(dataDir, 'kept-calls'), kept));
  const ending = new AbortController();
  const lifetime = ending.signal;
  let peerUrl: string | null = null;
  const address = addressOf(key);
  const cache = await openCache(dataDir, {
    ...{ hub, clock, diskBytes, demand, holds, onChange },
    swarm: { address, peerUrl: () => peerUrl, scope: config.peerScope },
    aggregators: config.aggregators,
    refute: (found) => void refuteSource({ hub, key, clock, log }, found, lifetime),
  });
  if (config.peerListen) {
    const { findChunk } = cache;
    const { host } = config.peerListen;
    const rate = { bytesPerSecond: config.peerBytesPerSecond };
    const findFile = (path: string) => findSharedFile(dataDir, path);
    const server = closer.use(await serveChunks({ ...config.peerListen, ...rate, findChunk, findFile, clock, log }));
    peerUrl = config.peerUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  }
  const runners = await openRunnerDirectory(dataDir);
  const { formats = formatTable, runtimes = runtimeTable } = overrides;
  const runtime = overrides.runtime ?? closer.use(openRuntime(config, runners, runtimes));
  const adjudicator = overrides.adjudicator ?? closer.use(openAdjudicator(config, runners, runtimes));
  // attack: slow calls of one publisher that run already would keep everybody waiting until their deadlines.
  const slots = createTurns(config.slots, longestQueue, { mostOfOne: Math.max(1, config.slots - 1) });
  const parts = { config, clock, formats, runtime, slots, cache, demand, holds, quarantine, lifetime, onChange };
  const replicas = closer.use(createReplicaSet(parts));
  closer.use({ [Symbol.asyncDispose]: async () => ending.abort(new CallableError('NodeUnavailable')) });
  const state = { draining: false, replaced: false };
  return {
    ...{ config, key, address, clock, random, log, hub, formats, runtime, adjudicator, cache, demand, holds, replicas },
    ...{ slots, quarantine, receipts, keptCalls, peerUrl, changes, state, lifetime, troubles: new Map() },
    ...{ links: new Set(), underWay: { calls: 0 }, presence: createPresence(clock, overrides.onPresence) },
  };
}

/** The memory budget decides how many models are loaded, long before this number does. */
const mostModels = 256;

/** Models on wasm at the same time. They are small or short, and each may take half of what all others share. */
const mostAdjudicated = 2;

/** Runners get their empty directories here; what a killed node left behind is removed. */
async function openRunnerDirectory(dataDir: string): Promise<string> {
  const directory = join(dataDir, 'runners');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  return directory;
}

function openRuntime(
  { memoryBytes }: NodeConfig,
  directory: string,
  runtimes: RuntimeTable,
): Runtime & AsyncDisposable {
  return createRuntimes({ limit: mostModels, memoryBytes, directory, runtimes });
}

function openAdjudicator(
  { memoryBytes }: NodeConfig,
  directory: string,
  runtimes: RuntimeTable,
): Runtime & AsyncDisposable {
  const half = Math.floor(memoryBytes / 2);
  return createRuntimes({ engine: 'wasm', limit: mostAdjudicated, memoryBytes: half, directory, runtimes });
}
