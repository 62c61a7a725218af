import { join } from 'node:path';
import { type BlobStore, LocalBlobStore, S3BlobStore } from '@callable/storage';
import type { Kysely } from 'kysely';
import type { HubContext } from './context.ts';
import type { Schema } from './db/schema.ts';
import type { WalrusKeeper } from './keeping/keeper/walrus-keeper.ts';
import { openWalrusKeeper } from './keeping/open-walrus-keeper.ts';

/** Where this hub keeps files: on Walrus or in a bucket when one of them is configured, else in a directory. */
export function openBlobStore(
  ctx: Pick<HubContext, 'config' | 'clock' | 'fetch' | 'log'>,
  indexDb: Kysely<Schema> | null,
): { blobs: BlobStore; walrusKeeper: WalrusKeeper | null } {
  const { s3, walrusKeeping, dataDir } = ctx.config;
  if (walrusKeeping && indexDb) {
    const walrusKeeper = openWalrusKeeper(ctx, walrusKeeping, indexDb);
    return { blobs: walrusKeeper.files, walrusKeeper };
  }
  return { blobs: s3 ? new S3BlobStore(s3) : new LocalBlobStore(join(dataDir, 'blobs')), walrusKeeper: null };
}
