import type { MerkleHash } from '../../log/merkle-hash.ts';
import type { SignedBatch } from './batch-header.ts';
import type { BatchTree } from './batch-tree.ts';

/** A whole batch as it came over a link and was checked there, once; the answers in it share it. */
export type ArrivedBatch = {
  batch: SignedBatch;
  /** Hash of the header, 64 hex digits. */
  id: string;
  tree: BatchTree;
  /** In order: the receipt numbered `batch.first + i` is the one of leaf `i`. */
  leaves: readonly MerkleHash[];
  /** Numbers of receipts whose calls ended here before their answers had come: nobody will ever use them. */
  dropped: Set<number>;
};
