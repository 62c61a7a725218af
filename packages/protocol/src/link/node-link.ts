import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import type { ArrivedBatch } from '../receipts/batches/arrived-batch.ts';
import type { OnPiece } from './answer-call.ts';
import type { CallSignal } from './call-signal.ts';
import type { Holding } from './holdings.ts';
import type { LinkAnswer } from './link-answer.ts';
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
  call(head: LinkCallHead, body: Uint8Array, signal: CallSignal, onPiece?: OnPiece): Promise<LinkAnswer>;
  /** Hears of each whole batch of receipts before the answers in it; returns the way to stop. */
  onBatch(listener: (batch: ArrivedBatch) => void): () => void;
  /**
   * Hears when the node falls silent with calls under way, and when it is heard again; returns the way to stop. Absent where
   * silence is not told from work.
   */
  onSilence?(listener: (isSilent: boolean) => void): () => void;
  /** Resolves when no further call can be made. */
  readonly closed: Promise<void>;
  close(): void;
};

/**
 * `broken`: nobody knows why. `left`: one end said farewell, and a node that does has answered all it had begun. `dropped`:
 * this end gave the call up, and the link goes on.
 */
export type LinkEnd = 'broken' | 'left' | 'dropped';

/** The link ended before the answer. */
export class LinkLost extends Error {
  /** Whether the node may have begun: once it had the whole call, nobody can tell. */
  readonly started: boolean;
  readonly how: LinkEnd;

  constructor(message: string, started: boolean, how: LinkEnd = 'broken') {
    super(message);
    this.name = 'LinkLost';
    this.started = started;
    this.how = how;
  }
}
