import type { Address, PeerScope } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import type { PartialFile } from './partial-file.ts';

/** What a source did: a chunk with another hash. `source` is null for the hub, its node for whoever is none. */
export type Refutation = {
  source: { node: Address | null; url: string } | null;
  file: string;
  chunk: number;
  got: string;
};

export type FetchParts = {
  hub: Client;
  clock: () => number;
  /** Who this node is among others; null when it fetches from the hub alone. */
  swarm: { address: Address; peerUrl: () => string | null; scope: PeerScope } | null;
  /** Base URLs of Walrus aggregators, best first. */
  aggregators: readonly string[];
  /** Lets others have what is verified while the rest is on its way, until disposed. */
  share: (partial: PartialFile) => Disposable;
  refute: (refutation: Refutation) => void;
  timing?: { retryMs?: number; attempts?: number };
};
