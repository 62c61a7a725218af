import { join } from 'node:path';
import { type BlobStore, LocalBlobStore, S3BlobStore } from '@callable/storage';
import type { HubConfig } from './config.ts';

/** Where this hub keeps files: a bucket when one is configured, else a directory. */
export function openBlobStore(config: Pick<HubConfig, 'dataDir' | 's3'>): BlobStore {
  return config.s3 ? new S3BlobStore(config.s3) : new LocalBlobStore(join(config.dataDir, 'blobs'));
}
