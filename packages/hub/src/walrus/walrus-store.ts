import type { StagedBlobStore, WalrusBlobStore } from '@callable/storage';
import type { WalrusStoreConfig } from './read-walrus-store.ts';

/** The files of a hub on Walrus: taken in on a disk, handed on and renewed by the job `keep`. */
export type WalrusStore = {
  files: StagedBlobStore;
  walrus: Pick<WalrusBlobStore, 'expiry' | 'renew'>;
  config: WalrusStoreConfig;
};
