import { join } from 'node:path';
import {
  computeBlobIds,
  LocalBlobStore,
  mintPublisherToken,
  StagedBlobStore,
  WalrusBlobStore,
} from '@callable/storage';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { HubConfig } from '../config/hub-config.ts';
import type { WalrusKeepingConfig } from '../config/read-walrus-keeping.ts';
import type { Schema } from '../db/schema.ts';
import type { WalrusKeeper } from './keeper/walrus-keeper.ts';
import { epochOf } from './keeper/walrus-network.ts';
import { PostgresWalrusIndex } from './postgres-walrus-index.ts';

type KeeperParts = { config: HubConfig; clock: () => number; fetch: typeof fetch; log: Logger };

/** `db` is for the index alone. */
export function openWalrusKeeper(ctx: KeeperParts, store: WalrusKeepingConfig, db: Kysely<Schema>): WalrusKeeper {
  const { dataDir, aggregators, walrusApi } = ctx.config;
  const { publisher, epochs, partBytes, network, tokenSecret } = store;
  const walrus = new WalrusBlobStore({
    publisher,
    aggregators,
    index: new PostgresWalrusIndex(db),
    spoolDirectory: join(dataDir, 'walrus-spool'),
    epochs,
    partBytes,
    currentEpoch: () => epochOf(network, ctx.clock()),
    ...(tokenSecret
      ? {
          mintToken: (blob: { size: number; epochs: number }) =>
            mintPublisherToken(tokenSecret, blob, { nowMs: ctx.clock() }),
        }
      : {}),
    onEpoch: (epoch) => warnOfEpoch(ctx, store, epoch),
    clock: ctx.clock,
    fetch: ctx.fetch,
    identify: (source, size, options) => computeBlobIds(source, size, { ...options, shards: walrusApi.shards }),
  });
  return { files: new StagedBlobStore(new LocalBlobStore(join(dataDir, 'blobs')), walrus), walrus, config: store };
}

/** All that is known of ends rests on this number; around a change of epochs the two may differ by one. */
function warnOfEpoch(ctx: Pick<KeeperParts, 'clock' | 'log'>, { network }: WalrusKeepingConfig, epoch: number): void {
  const ours = epochOf(network, ctx.clock());
  if (Math.abs(epoch - ours) > 1)
    ctx.log.error(
      { publisher: epoch, ours },
      'CALLABLE_WALRUS_EPOCH or _EPOCH_HOURS is wrong: the publisher is in another epoch',
    );
}
