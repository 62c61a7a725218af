import { join } from 'node:path';
import { type BlobStore, LocalBlobStore, S3BlobStore } from '@callable/storage';
import type { Kysely } from 'kysely';
import type { HubContext } from './context.ts';
import type { Schema } from './db/schema.ts';
import { openWalrusStore } from './walrus/open-walrus-store.ts';
import type { WalrusStore } from './walrus/walrus-store.ts';

/** Where this hub keeps files: on Walrus or in a bucket when one of them is configured, else in a directory. */
export function openBlobStore(
  ctx: Pick<HubContext, 'config' | 'clock' | 'fetch' | 'log'>,
  indexDb: Kysely<Schema> | null,
): { blobs: BlobStore; walrusStore: WalrusStore | null } {
  const { s3, walrusStore: walrus, dataDir } = ctx.config;
  if (walrus && indexDb) {
    const walrusStore = openWalrusStore(ctx, walrus, indexDb);
    return { blobs: walrusStore.files, walrusStore };
  }
  return { blobs: s3 ? new S3BlobStore(s3) : new LocalBlobStore(join(dataDir, 'blobs')), walrusStore: null };
}
