import type { Address } from '@callable/protocol';

export type AnnouncedChunk = {
  upload: string;
  owner: Address;
  file: string;
  index: number;
  sha256: string;
  size: number;
  /** Of the whole file it is part of. */
  fileSize: number;
  /** Whether the file is in the store already. */
  stored: boolean;
};
