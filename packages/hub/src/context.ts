import type { PrivateKey, Rules } from '@callable/protocol';
import type { BlobStore } from '@callable/storage';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Change, ChangeFeed } from './changes/change-feed.ts';
import type { HubConfig } from './config.ts';
import type { Schema } from './db/schema.ts';
import type { FetchBoard } from './fetches/fetch-board.ts';
import type { NonceMemory } from './http/nonce-memory.ts';
import type { OwnAddress } from './http/own-address.ts';
import type { Tlog } from './log/tlog.ts';
import type { ChunkBuffers } from './uploads/chunk-buffers.ts';
import type { FileHashes } from './uploads/file-hashes.ts';
import type { WalrusStore } from './walrus/walrus-store.ts';

/** Everything a hub is made of; built once, overridable in tests, handed to each function as the slice it uses. */
export type HubContext = {
  config: HubConfig;
  db: Kysely<Schema>;
  blobs: BlobStore;
  /** Where files are kept, and until when, when that is Walrus; `blobs` is over it. */
  walrusStore: WalrusStore | null;
  changes: ChangeFeed;
  nonces: NonceMemory;
  /** Which nodes fetch what from whom. */
  fetches: FetchBoard;
  /** Where the hub's API is reached from this process. */
  ownAddress: OwnAddress;
  chunkBuffers: ChunkBuffers;
  fileHashes: FileHashes;
  /** Bytes free where uploads gather. */
  freeBytes: () => Promise<number>;
  key: PrivateKey;
  tlog: Tlog;
  rules: Rules;
  clock: () => number;
  random: (length: number) => Uint8Array;
  fetch: typeof fetch;
  log: Logger;
  /** Hears of changes made by other hub processes on the same database, until the signal aborts. */
  listen: (onChange: (change: Change) => void, signal: AbortSignal) => Promise<void>;
};
