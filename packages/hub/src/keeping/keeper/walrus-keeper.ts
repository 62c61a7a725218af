import type { StagedBlobStore, WalrusBlobStore } from '@callable/storage';
import type { WalrusKeepingConfig } from '../../config/read-walrus-keeping.ts';

/** The files of a hub on Walrus: taken in on a disk, handed on and renewed by the job `keep`. */
export type WalrusKeeper = {
  files: StagedBlobStore;
  walrus: Pick<WalrusBlobStore, 'expiry' | 'renew'>;
  config: WalrusKeepingConfig;
};
