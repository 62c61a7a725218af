import type { BlobId } from '../../blob-store.ts';
import type { WalrusPart } from '../encoding/compute-blob-ids.ts';

export type StoredPart = WalrusPart & {
  /** The first epoch in which Walrus no longer keeps it; null when the publisher's answer was lost. */
  endEpoch: number | null;
};

/** What is needed to find a file on Walrus and to trust no aggregator. */
export type WalrusEntry = {
  size: number;
  /** The sha256 of every 4 MiB. */
  chunks: readonly string[];
  /** Every part but the last is a multiple of 4 MiB long. */
  parts: readonly StoredPart[];
};

/**
 * Which Walrus blobs a file named by its sha256 consists of. Losing it loses the way to the bytes, not the bytes: `save`
 * resolves when the entry survives a power cut.
 */
export interface WalrusIndex {
  find(id: BlobId): Promise<WalrusEntry | null>;
  save(id: BlobId, entry: WalrusEntry): Promise<void>;
  /** Forgetting what is not there is fine. */
  remove(id: BlobId): Promise<void>;
}
