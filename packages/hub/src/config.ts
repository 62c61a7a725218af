import { join, resolve } from 'node:path';
import {
  type Address,
  CallableError,
  defaultPolicy,
  type PeerScope,
  type Policy,
  parseAddress,
  peerScopes,
  scopeOfHost,
} from '@callable/protocol';
import type { S3Settings } from '@callable/storage';
import { defaultLogConfig, type LogConfig, readLogConfig } from './log/log-config.ts';
import { readWalrusStore, type WalrusStoreConfig } from './walrus/read-walrus-store.ts';
import { defaultWalrusConfig, type WalrusConfig } from './walrus/walrus-config.ts';

export type HubConfig = {
  /** Files, uploads, keys and, without `databaseUrl`, the embedded database. */
  dataDir: string;
  /** A PostgreSQL server to use instead of the embedded one. */
  databaseUrl: string | null;
  host: string;
  port: number;
  /** Where calls are answered; probes go there and nodes link to it. */
  gateways: readonly string[];
  /** Keys of gateways whose call reports count, beside the hub's own. */
  trustedGateways: readonly Address[];
  policy: Policy;
  /** Whose labels count here. */
  labelers: readonly Address[];
  /** How near the addresses may be at which nodes fetch from each other. */
  peerScope: PeerScope;
  limits: HubLimits;
  walrus: WalrusConfig;
  /** Base URLs of Walrus aggregators, best first: damaged files are brought back from there too. */
  aggregators: readonly string[];
  /** Walrus, where the files are kept instead of in `dataDir`. */
  walrusStore: WalrusStoreConfig | null;
  /** Whether a proxy in front says from which address requests come. */
  trustProxy: boolean;
  log: LogConfig;
  /** A bucket that holds the files instead of `dataDir`. */
  s3: S3Settings | null;
};

export type HubLimits = {
  /** Bytes of one release; reserved when its upload begins. */
  releaseBytes: number;
  /** Bytes one key may have in unfinished uploads. */
  openUploadBytes: number;
  /** Bytes of the disk that uploads leave free: the database is on it too. */
  spareDiskBytes: number;
  /** An upload nobody touches for this long is dropped, milliseconds. */
  uploadIdleMs: number;
  /** What one key may say in a day about releases, names, others and its own helpers. */
  statementsPerDay: number;
};

export const defaultLimits: HubLimits = {
  releaseBytes: 16 * 2 ** 30,
  openUploadBytes: 32 * 2 ** 30,
  spareDiskBytes: 256 * 2 ** 20,
  uploadIdleMs: 24 * 3600_000,
  statementsPerDay: 1000,
};

export const defaultHubConfig: Omit<HubConfig, 'dataDir'> = {
  databaseUrl: null,
  host: '127.0.0.1',
  port: 4600,
  gateways: ['http://127.0.0.1:4600'],
  trustedGateways: [],
  labelers: [],
  policy: defaultPolicy,
  peerScope: 'loopback',
  limits: defaultLimits,
  walrus: defaultWalrusConfig,
  aggregators: [],
  walrusStore: null,
  trustProxy: false,
  log: defaultLogConfig,
  s3: null,
};

/** The settings of a hub from its environment; throws naming the variable that does not fit. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): HubConfig {
  const port = Number(env['CALLABLE_HUB_PORT'] ?? 4600);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new CallableError('RequestInvalid', 'CALLABLE_HUB_PORT is not a port number.');
  const host = env['CALLABLE_HUB_HOST'] ?? '127.0.0.1';
  return {
    dataDir: resolve(env['CALLABLE_DATA'] ?? join('.callable', 'hub')),
    databaseUrl: env['DATABASE_URL'] || null,
    host,
    port,
    gateways: list(env['CALLABLE_GATEWAYS'] ?? `http://127.0.0.1:${port}`),
    trustedGateways: list(env['CALLABLE_TRUSTED_GATEWAYS'] ?? '').map((text) =>
      addressIn('CALLABLE_TRUSTED_GATEWAYS', text),
    ),
    labelers: list(env['CALLABLE_LABELERS'] ?? '').map((text) => addressIn('CALLABLE_LABELERS', text)),
    policy: defaultPolicy,
    peerScope: readScope(env['CALLABLE_PEER_SCOPE'], host),
    limits: defaultLimits,
    walrus: defaultWalrusConfig,
    aggregators: list(env['CALLABLE_WALRUS_AGGREGATORS'] ?? '').map(parseAggregator),
    walrusStore: readWalrusStore(env),
    trustProxy: env['CALLABLE_HUB_TRUST_PROXY'] === '1',
    log: readLogConfig(env),
    s3: readBucket(env),
  };
}

/** Null without a bucket; throws naming the variable that is missing beside it. */
function readBucket(env: Readonly<Record<string, string | undefined>>): S3Settings | null {
  if (!env['CALLABLE_S3_BUCKET']) return null;
  const need = (name: string) => {
    const value = env[name];
    if (!value) throw new CallableError('RequestInvalid', `CALLABLE_S3_BUCKET is set, so ${name} must be set too.`);
    return value;
  };
  return {
    endpoint: need('CALLABLE_S3_ENDPOINT'),
    bucket: need('CALLABLE_S3_BUCKET'),
    region: env['CALLABLE_S3_REGION'] || 'us-east-1',
    credentials: { accessKeyId: need('AWS_ACCESS_KEY_ID'), secretAccessKey: need('AWS_SECRET_ACCESS_KEY') },
  };
}

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** A hub that only this machine reaches has its nodes here too; any other sends nobody into private networks unasked. */
function readScope(text: string | undefined, host: string): PeerScope {
  if (text === undefined || text === '') return scopeOfHost(host) === 'loopback' ? 'loopback' : 'public';
  const scope = peerScopes.find((word) => word === text);
  if (!scope)
    throw new CallableError('RequestInvalid', `CALLABLE_PEER_SCOPE is one of ${peerScopes.join(', ')}, not ${text}.`);
  return scope;
}

function parseAggregator(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  // A password would end up in logs.
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search) return text;
  throw new CallableError(
    'RequestInvalid',
    'CALLABLE_WALRUS_AGGREGATORS is base URLs separated by commas, without credentials or query.',
  );
}

function addressIn(variable: string, text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new CallableError('RequestInvalid', `${variable} holds ${text}, which is not an address.`);
  return address;
}
