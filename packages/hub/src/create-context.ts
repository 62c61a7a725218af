import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openDataDirectory } from '@callable/disk';
import { type KeptPostgres, keepPostgres } from '@callable/postgres';
import { addressOf, createNonceMemory } from '@callable/protocol';
import { pino } from 'pino';
import { CallsThreads } from './calls/desk/calls-threads.ts';
import { createEvidenceBudget } from './calls/evidence/evidence-budget.ts';
import { ChangeFeed } from './changes/change-feed.ts';
import { Looks } from './changes/looks.ts';
import { decodeChanges } from './changes/relay-changes.ts';
import type { HubConfig } from './config/hub-config.ts';
import type { HubContext } from './context.ts';
import { listen } from './db/listen.ts';
import { migrate } from './db/migrate.ts';
import { openDatabase } from './db/open-database.ts';
import { FetchBoard } from './fetches/board/fetch-board.ts';
import { OwnAddress } from './http/own-address.ts';
import { loadKey } from './keys/load-key.ts';
import { openTlog } from './log/directory/tlog.ts';
import { keepNonces } from './nonces/keep-nonces.ts';
import { openBlobStore } from './open-blob-store.ts';
import { keepDatabaseRoom } from './outages/keep-database-room.ts';
import { logOutage } from './outages/log-outage.ts';
import { Outages } from './outages/outages.ts';
import { replaceDeafServer } from './outages/replace-deaf-server.ts';
import { completePolicy } from './policy/complete-policy.ts';
import { RoomClaims } from './uploads/claims/room-claims.ts';
import { ChunkBuffers } from './uploads/partials/chunk-buffers.ts';
import { FileHashes } from './uploads/partials/file-hashes.ts';
import { freeBytes } from './uploads/partials/free-bytes.ts';

/** Builds a hub's context; whoever calls this disposes it. */
export async function createHubContext(
  config: HubConfig,
  overrides: Partial<HubContext> = {},
): Promise<HubContext & AsyncDisposable> {
  const log = overrides.log ?? pino({ name: 'hub' });
  const clock = overrides.clock ?? Date.now;
  await openDataDirectory(config.dataDir);
  const key = overrides.key ?? (await loadKey(join(config.dataDir, 'hub-key')));
  const outages = overrides.outages ?? new Outages((event) => logOutage(log, event));
  const closing = new AbortController();
  const postgres =
    config.databaseUrl === null
      ? await keepPostgres({
          dataDir: config.dataDir,
          log: (line) => log.debug(line),
          onEvent: (event) => outages.sayServer(event),
        })
      : null;
  try {
    // The message alone: the error of a pool carries the whole client, and one breaks at every orderly stop.
    const onError = (error: unknown) => {
      outages.watch.suspect(error);
      if (!closing.signal.aborted)
        log.info({ cause: String(error) }, 'a database connection broke; another one is made');
    };
    const server = config.databaseUrl ?? (postgres as KeptPostgres).connection;
    const database = openDatabase({ server, onError, watch: outages.watch });
    const db = overrides.db ?? database.db;
    const walrusIndex = config.walrusKeeping
      ? openDatabase({ server, poolSize: 2, onError, watch: outages.watch })
      : null;
    const fetch = overrides.fetch ?? globalThis.fetch;
    const opened = openBlobStore({ config, clock, fetch, log }, walrusIndex?.db ?? null);
    await migrate(db);
    const fileHashes = overrides.fileHashes ?? new FileHashes();
    const calls = overrides.calls ?? new CallsThreads();
    // A database that a test lends is watched by nobody.
    if (!overrides.db) outages.watch.begin((stream) => database.connect(stream));
    if (postgres) {
      const room = {
        freeBytes: () => freeBytes(join(config.dataDir, 'postgres')),
        spareBytes: config.limits.spareDatabaseBytes,
      };
      void keepDatabaseRoom(outages, room, closing.signal);
      void replaceDeafServer(outages, postgres, closing.signal);
    }
    return {
      config,
      db,
      outages,
      blobs: overrides.blobs ?? opened.blobs,
      walrusKeeper: overrides.walrusKeeper ?? opened.walrusKeeper,
      changes: overrides.changes ?? new ChangeFeed(),
      nonces: keepNonces({ db, clock }, overrides.nonces ?? createNonceMemory(clock)),
      fetches: overrides.fetches ?? new FetchBoard(clock),
      ownAddress: overrides.ownAddress ?? new OwnAddress(),
      looks: overrides.looks ?? new Looks(),
      chunkBuffers: overrides.chunkBuffers ?? new ChunkBuffers(),
      fileHashes,
      roomClaims: overrides.roomClaims ?? new RoomClaims(),
      calls,
      evidence: overrides.evidence ?? createEvidenceBudget(clock),
      freeBytes: overrides.freeBytes ?? (() => freeBytes(config.dataDir)),
      key,
      tlog: overrides.tlog ?? (await openTlog(config, addressOf(key))),
      rules: overrides.rules ?? { policy: completePolicy(config.policy, addressOf(key)), hub: addressOf(key) },
      clock,
      random: overrides.random ?? ((length) => randomBytes(length)),
      fetch,
      log,
      listen: (onChange, signal) =>
        listen(database, {
          channel: 'callable',
          // After a reconnect hints may be lost: the hub's own queue is looked at, the rest polls.
          onNotify: (payload) =>
            payload === undefined
              ? onChange({ topic: 'job', subject: 'hub' })
              : decodeChanges(payload).forEach(onChange),
          onError,
          signal,
        }),
      async [Symbol.asyncDispose]() {
        closing.abort();
        await outages[Symbol.asyncDispose]();
        await fileHashes[Symbol.asyncDispose]();
        await calls[Symbol.asyncDispose]();
        await walrusIndex?.[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
        await postgres?.stop();
      },
    };
  } catch (error) {
    closing.abort();
    await outages[Symbol.asyncDispose]();
    await postgres?.stop();
    throw error;
  }
}
