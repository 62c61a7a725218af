import type { TrustedProxies } from '@callable/http';
import { type Address, defaultPolicy, type PeerScope, type Policy } from '@callable/protocol';
import type { S3Settings } from '@callable/storage';
import { defaultLogConfig, type LogConfig } from './read-log-config.ts';
import type { WalrusKeepingConfig } from './read-walrus-keeping.ts';
import { defaultWalrusApiConfig, type WalrusApiConfig } from './walrus-api-config.ts';

export type HubConfig = {
  /** Files, uploads, keys and, without `databaseUrl`, the embedded database. */
  dataDir: string;
  /** A PostgreSQL server to use instead of the embedded one. */
  databaseUrl: string | null;
  host: string;
  port: number;
  /** How others reach this hub. With none it serves this machine alone: its Hosts, and pages of its origins. */
  publicUrls: readonly string[];
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
  walrusApi: WalrusApiConfig;
  /** Base URLs of Walrus aggregators, best first: damaged files are brought back from there too. */
  aggregators: readonly string[];
  /** Walrus, where the files are kept instead of in `dataDir`. */
  walrusKeeping: WalrusKeepingConfig | null;
  /** Whose `X-Forwarded-For` says from which address requests come. */
  trustedProxies: TrustedProxies;
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
  /** Bytes of its disk that the embedded database leaves free: without room it could not even be read. */
  spareDatabaseBytes: number;
  /** An upload nobody touches for this long is dropped, milliseconds. */
  uploadIdleMs: number;
  /** Multiplies how many statements a key and a network may make in a day, of each kind and in all. */
  statementPace: number;
  /** Event streams open at the same time, in all and from one network: each is a socket and what it has not read. */
  followers: number;
  followersPerNetwork: number;
  /** Bytes of JSON bodies kept in memory at the same time, from all networks and from one. */
  heldBodyBytes: number;
  heldBodyBytesPerNetwork: number;
  /** How often newcomers are compared on a release that has its verdict already, where nothing new is published; milliseconds. */
  trialEveryMs: number;
  /** Releases of nodes kept as held: of one node, of the nodes of one network, and in all. */
  holdingsPerNode: number;
  holdingsPerNetwork: number;
  holdings: number;
};

export const defaultLimits: HubLimits = {
  releaseBytes: 16 * 2 ** 30,
  openUploadBytes: 32 * 2 ** 30,
  spareDiskBytes: 256 * 2 ** 20,
  spareDatabaseBytes: 64 * 2 ** 20,
  uploadIdleMs: 24 * 3600_000,
  statementPace: 1,
  followers: 4000,
  followersPerNetwork: 1200,
  heldBodyBytes: 64 * 2 ** 20,
  heldBodyBytesPerNetwork: 16 * 2 ** 20,
  trialEveryMs: 600_000,
  holdingsPerNode: 50_000,
  holdingsPerNetwork: 250_000,
  holdings: 2_000_000,
};

export const defaultHubConfig: Omit<HubConfig, 'dataDir'> = {
  databaseUrl: null,
  host: '127.0.0.1',
  port: 4600,
  publicUrls: [],
  gateways: ['http://127.0.0.1:4600'],
  trustedGateways: [],
  labelers: [],
  policy: defaultPolicy,
  peerScope: 'loopback',
  limits: defaultLimits,
  walrusApi: defaultWalrusApiConfig,
  aggregators: [],
  walrusKeeping: null,
  trustedProxies: 0,
  log: defaultLogConfig,
  s3: null,
};
