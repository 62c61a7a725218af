export * from './blob-store.ts';
export { LocalBlobStore } from './local/local-blob-store.ts';
export { makeDirectory } from './local/make-directory.ts';
export { syncDirectory } from './local/sync-directory.ts';
export { S3BlobStore } from './s3/s3-blob-store.ts';
export type { S3Settings } from './s3/s3-settings.ts';
export { isMismatch, translateDiskError } from './storage-error.ts';
export * from './verify-blob.ts';
