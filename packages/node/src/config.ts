import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import {
  type Address,
  CallableError,
  ownMember,
  type PeerScope,
  type PrivateKey,
  parseAddress,
  parsePrivateKey,
  scopeOfHost,
} from '@callable/protocol';
import { parseSourceSettings } from './sources/parse-source-settings.ts';

/** What an operator decides; whatever is left out is chosen from the machine. */
export type NodeSettings = {
  hubUrl: string;
  /** Everything this node keeps; one node at a time. */
  dataDir: string;
  key: PrivateKey;
  /** Memory all loaded models may take together. Default: half of what the machine or container has. */
  memoryBytes?: number;
  /** Calls that run at the same time. Default: two per core, since a model is given two at a time; at least four. */
  slots?: number;
  /** Disk all cached releases may take together. Default: four fifths of what is free. */
  diskBytes?: number;
  /** Gateways to dial. null: those the hub names; []: none, the caller attaches a direct link. */
  gateways?: string[] | null;
  /** Threads inside one model. Default 1: throughput comes from slots, and answers do not depend on the machine's cores. */
  threads?: number;
  /** Longest load and longest run, milliseconds. */
  loadMs?: number;
  runMs?: number;
  /** A model nobody asked for in this long gives its memory back, milliseconds. */
  idleMs?: number;
  /** Where other nodes get chunks from this one. Default: a free port of loopback when the hub is there too, else nowhere. */
  peerListen?: { host: string; port: number } | null;
  /** How others reach that, when it is not the address itself: behind a proxy or a forwarded port. */
  peerUrl?: string | null;
  /** How near the addresses may be that other nodes name and this one dials. Default: loopback with such a hub, else public. */
  peerScope?: PeerScope;
  /** Chunks sent to other nodes, bytes per second. Default: 250 MB. */
  peerBytesPerSecond?: number;
  /** Base URLs of Walrus aggregators from which files are fetched too, best first. Default: none. */
  aggregators?: readonly string[];
  /** Licences (SPDX, as manifests name them) and labels whose releases this node neither fetches nor runs. Default: none. */
  refuse?: { licenses: readonly string[]; labels: readonly string[] };
  /** Who runs this node, when that is another key than its own. It counts once that key has delegated `operate` to it. */
  operator?: Address | null;
  /** Tasks of the hub worked on at the same time. Default 4: a model that hangs on its vector holds up one of them. */
  tasks?: number;
  /** How long calls are kept to be shown in an audit, milliseconds. Default: 20 minutes, more than the usual policy asks. */
  keptCallsMs?: number;
  /** Disk for them, bytes; the oldest go first. Default: 1 GB. */
  keptCallsBytes?: number;
  /** How often new entries of the hub's log are fetched and kept, milliseconds. Default: 15 seconds. */
  followLogMs?: number;
  /** What is logged, in the words of pino: default `info`. */
  logLevel?: string;
};

export type NodeConfig = Required<NodeSettings>;

/** Throws RequestInvalid when settings contradict each other. */
export function completeSettings(settings: NodeSettings): NodeConfig {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const isLocal = scopeOfHost(new URL(settings.hubUrl).hostname) === 'loopback';
  const config: NodeConfig = {
    memoryBytes: Math.floor(availableMemory() / 2),
    slots: Math.max(4, 2 * availableParallelism()),
    diskBytes: settings.diskBytes ?? freeDisk(settings.dataDir),
    gateways: null,
    threads: 1,
    loadMs: 120_000,
    runMs: 120_000,
    idleMs: 60 * 60_000,
    peerListen: isLocal ? { host: '127.0.0.1', port: 0 } : null,
    peerUrl: null,
    peerScope: isLocal ? 'loopback' : 'public',
    peerBytesPerSecond: 250e6,
    aggregators: [],
    refuse: { licenses: [], labels: [] },
    operator: null,
    tasks: 4,
    keptCallsMs: 20 * 60_000,
    keptCallsBytes: 1e9,
    followLogMs: 15_000,
    logLevel: 'info',
    ...settings,
  };
  // Silently, nobody would ever ask this node for anything.
  if (config.peerUrl !== null && config.peerListen === null)
    throw new CallableError(
      'RequestInvalid',
      `Other nodes are told to come to ${config.peerUrl}, but this node listens nowhere for them: say where with --peer-listen (CALLABLE_PEER_LISTEN).`,
    );
  return config;
}

/**
 * Settings from the environment: CALLABLE_HUB, CALLABLE_DATA, CALLABLE_KEY_FILE, and optionally
 * CALLABLE_MEMORY_BYTES, CALLABLE_SLOTS, CALLABLE_DISK_BYTES, CALLABLE_GATEWAYS (separated by commas),
 * CALLABLE_PEER_LISTEN (host:port, or `off`), CALLABLE_PEER_URL, CALLABLE_PEER_SCOPE, CALLABLE_PEER_BYTES_PER_SECOND,
 * CALLABLE_WALRUS_AGGREGATORS (base URLs, separated by commas), CALLABLE_REFUSE_LICENSES and CALLABLE_REFUSE_LABELS (separated by
 * commas), CALLABLE_OPERATOR (whose node this is),
 * CALLABLE_LOG_LEVEL (`info`).
 * Throws with the name of what is missing or wrong.
 */
export function readSettings(env: Record<string, string | undefined>): NodeSettings {
  const required = (name: string) => {
    const value = ownMember(env, name);
    if (!value) throw new Error(`Set ${name}.`);
    return value;
  };
  const count = (name: string) => {
    const text = ownMember(env, name);
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Error(`${name} is a whole number above zero, not ${text}.`);
    return value;
  };
  const keyFile = required('CALLABLE_KEY_FILE');
  const key = parsePrivateKey(readFileSync(keyFile, 'utf8'));
  if (!key) throw new Error(`${keyFile} holds no private key: 64 hex digits.`);
  const counts = {
    memoryBytes: count('CALLABLE_MEMORY_BYTES'),
    slots: count('CALLABLE_SLOTS'),
    diskBytes: count('CALLABLE_DISK_BYTES'),
    peerBytesPerSecond: count('CALLABLE_PEER_BYTES_PER_SECOND'),
  };
  const gateways = env.CALLABLE_GATEWAYS === undefined ? null : listOf(env.CALLABLE_GATEWAYS);
  return {
    hubUrl: required('CALLABLE_HUB'),
    dataDir: required('CALLABLE_DATA'),
    key,
    ...(gateways ? { gateways } : {}),
    ...parseSourceSettings({
      listen: { name: 'CALLABLE_PEER_LISTEN', text: env.CALLABLE_PEER_LISTEN },
      url: { name: 'CALLABLE_PEER_URL', text: env.CALLABLE_PEER_URL },
      scope: { name: 'CALLABLE_PEER_SCOPE', text: env.CALLABLE_PEER_SCOPE },
      aggregators: { name: 'CALLABLE_WALRUS_AGGREGATORS', text: env.CALLABLE_WALRUS_AGGREGATORS },
    }),
    refuse: { licenses: listOf(env.CALLABLE_REFUSE_LICENSES), labels: listOf(env.CALLABLE_REFUSE_LABELS) },
    ...readOperator(env.CALLABLE_OPERATOR),
    ...(env.CALLABLE_LOG_LEVEL ? { logLevel: env.CALLABLE_LOG_LEVEL } : {}),
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)),
  };
}

/** The words of a text, separated by commas. */
export const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function readOperator(text: string | undefined): { operator?: Address } {
  if (!text) return {};
  const operator = parseAddress(text);
  if (!operator) throw new Error(`CALLABLE_OPERATOR is an address (0x and 40 hex digits), not ${text}.`);
  return { operator };
}

/** In a container its limit counts, not the machine's memory; without a limit Node answers a huge number. */
function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function freeDisk(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return Math.floor(bavail * bsize * 0.8);
}
