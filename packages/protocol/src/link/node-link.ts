import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import type { LinkAnswer, OnPiece } from './answer-call.ts';
import type { Holding } from './holdings.ts';
import type { LinkCallHead } from './link-call.ts';
import type { NodeStatus } from './node-announcement.ts';

/** One node as routing sees it: behind a WebSocket or in this very process, it makes no difference. */
export type NodeLink = {
  readonly node: Address;
  /** What the node last said of itself. */
  announcement(): NodeStatus;
  /** How it holds a release, by what it last said; null when it does not. */
  find(release: Digest): Holding | null;
  /**
   * Sends one call and waits for the whole answer. Rejects with `LinkLost` when the link ends first, and with the
   * reason of the signal when that aborts: the node is told to stop. With `onPiece` the answer may come in pieces, all of
   * which are taken before this resolves; what `onPiece` throws ends the call.
   */
  call(head: LinkCallHead, body: Uint8Array, signal: AbortSignal, onPiece?: OnPiece): Promise<LinkAnswer>;
  /** Resolves when no further call can be made. */
  readonly closed: Promise<void>;
  close(): void;
};

/** The link ended before the answer. */
export class LinkLost extends Error {
  /** Whether the node may have begun: once it had the whole call, nobody can tell. */
  readonly started: boolean;

  constructor(message: string, started: boolean) {
    super(message);
    this.name = 'LinkLost';
    this.started = started;
  }
}
