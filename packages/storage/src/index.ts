export * from './blob-store.ts';
export { LocalBlobStore } from './local/local-blob-store.ts';
export { syncDirectory } from './local/sync-directory.ts';
export { translateDiskError } from './storage-error.ts';
export * from './verify-blob.ts';
