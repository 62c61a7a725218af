import type { NonceMemory, PrivateKey, Rules } from '@callable/protocol';
import type { BlobStore } from '@callable/storage';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { CallsThreads } from './calls/desk/calls-threads.ts';
import type { EvidenceBudget } from './calls/evidence/evidence-budget.ts';
import type { Change, ChangeFeed } from './changes/change-feed.ts';
import type { Looks } from './changes/looks.ts';
import type { HubConfig } from './config/hub-config.ts';
import type { Schema } from './db/schema.ts';
import type { FetchBoard } from './fetches/board/fetch-board.ts';
import type { OwnAddress } from './http/own-address.ts';
import type { WalrusKeeper } from './keeping/keeper/walrus-keeper.ts';
import type { Tlog } from './log/directory/tlog.ts';
import type { Outages } from './outages/outages.ts';
import type { RoomClaims } from './uploads/claims/room-claims.ts';
import type { ChunkBuffers } from './uploads/partials/chunk-buffers.ts';
import type { FileHashes } from './uploads/partials/file-hashes.ts';

/** Everything a hub is made of; built once, overridable in tests, handed to each function as the slice it uses. */
export type HubContext = {
  config: HubConfig;
  db: Kysely<Schema>;
  /** Whether this hub can be written to at present, and why not. */
  outages: Outages;
  blobs: BlobStore;
  /** Where files are kept, and until when, when that is Walrus; `blobs` is over it. */
  walrusKeeper: WalrusKeeper | null;
  changes: ChangeFeed;
  nonces: NonceMemory;
  /** Which nodes fetch what from whom. */
  fetches: FetchBoard;
  /** Where the hub's API is reached from this process. */
  ownAddress: OwnAddress;
  /** Which releases somebody looked at. */
  looks: Looks;
  chunkBuffers: ChunkBuffers;
  fileHashes: FileHashes;
  roomClaims: RoomClaims;
  /** Where the bytes of calls are read and checked. */
  calls: CallsThreads;
  evidence: EvidenceBudget;
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
