import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireDataLock } from '@callable/disk';
import { type FormatTable, formatTable } from '@callable/formats';
import { type Address, addressOf, CallableError, type PrivateKey } from '@callable/protocol';
import { createRuntimes, type Runtime, type RuntimeTable, runtimeTable } from '@callable/runtime';
import { type Client, createClient } from '@callable/sdk';
import { type Logger, pino } from 'pino';
import { type KeptCalls, openKeptCalls } from './audits/open-kept-calls.ts';
import { createDemand, type Demand } from './cache/demand.ts';
import { createHolds, type Holds } from './cache/holds.ts';
import { type Cache, openCache } from './cache/open-cache.ts';
import type { NodeConfig } from './config.ts';
import { refuteSource } from './peers/refute-source.ts';
import { serveChunks } from './peers/serve-chunks.ts';
import { createQuarantine, type Quarantine } from './serving/create-quarantine.ts';
import { createReplicaSet, type ReplicaSet } from './serving/create-replica-set.ts';
import { openReceiptChain, type ReceiptChain } from './serving/open-receipt-chain.ts';
import { type Changes, createChanges } from './waiting/create-changes.ts';
import { type Closer, createCloser } from './waiting/create-closer.ts';
import { createTurns, type Turns } from './waiting/create-turns.ts';

/** Everything a node consists of. Use cases take the slice they use. */
export type NodeContext = {
  config: NodeConfig;
  key: PrivateKey;
  address: Address;
  clock: () => number;
  random: (length: number) => Uint8Array;
  log: Logger;
  hub: Client;
  /** What releases may be made of here; one in another format is UnsupportedFormat. */
  formats: FormatTable;
  runtime: Runtime;
  /** Runs what settles disputes, for ONNX the pinned wasm build. */
  adjudicator: Runtime;
  cache: Cache;
  demand: Demand;
  holds: Holds;
  replicas: ReplicaSet;
  slots: Turns;
  quarantine: Quarantine;
  receipts: ReceiptChain;
  /** The calls of the last minutes, to be shown when one is audited. */
  keptCalls: KeptCalls;
  /** Where other nodes get chunks from this one; null when they cannot. */
  peerUrl: string | null;
  /** Fires when what this node announces has changed. */
  changes: Changes;
  state: { draining: boolean };
  /** Aborts when the node ends. */
  lifetime: AbortSignal;
};

export type NodeOverrides = Partial<
  Pick<NodeContext, 'clock' | 'random' | 'log' | 'hub' | 'formats' | 'runtime' | 'adjudicator'>
> & {
  /** Runtimes the formats may name; default the table of `@callable/runtime`. */
  runtimes?: RuntimeTable;
};

/** Calls that may wait for a slot before a gateway is told to ask another node. */
const longestQueue = 256;

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
  closer.use(await acquireDataLock(dataDir, 'node'));
  const clock = overrides.clock ?? Date.now;
  const random = overrides.random ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
  // Standard output belongs to whoever started this: `callable node start --json` promises one document there.
  const log = overrides.log ?? pino({ name: 'node' }, pino.destination(2));
  const hub = overrides.hub ?? createClient(config.hubUrl, { key, clock, random });
  const changes = createChanges(log);
  const onChange = changes.emit;
  const demand = createDemand(clock);
  const holds = createHolds();
  const quarantine = createQuarantine(clock, onChange);
  const receipts = closer.use(await openReceiptChain(dataDir, key));
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
    const server = closer.use(await serveChunks({ ...config.peerListen, ...rate, findChunk, clock, log }));
    peerUrl = config.peerUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  }
  const runners = await openRunnerDirectory(dataDir);
  const { formats = formatTable, runtimes = runtimeTable } = overrides;
  const runtime = overrides.runtime ?? closer.use(openRuntime(config, runners, runtimes));
  const adjudicator = overrides.adjudicator ?? closer.use(openAdjudicator(config, runners, runtimes));
  const parts = { config, clock, formats, runtime, cache, demand, holds, quarantine, lifetime, onChange };
  const replicas = closer.use(createReplicaSet(parts));
  closer.use({ [Symbol.asyncDispose]: async () => ending.abort(new CallableError('NodeUnavailable')) });
  const slots = createTurns(config.slots, longestQueue);
  const state = { draining: false };
  return {
    ...{ config, key, address, clock, random, log, hub, formats, runtime, adjudicator, cache, demand, holds, replicas },
    ...{ slots, quarantine, receipts, keptCalls, peerUrl, changes, state, lifetime },
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
