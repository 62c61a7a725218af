import { longestPieceBytes, piecesAhead } from '../channel/messages.ts';
import type { RunOptions } from '../runtime.ts';

/** The pieces of one call on their way to its taker. */
export type PieceDelivery = {
  /** False when a runner sends more, or larger ones, than it has credit for. */
  push(piece: Uint8Array): boolean;
  /** Fulfilled when all that were pushed are taken; rejects with what the taker threw. */
  readonly delivered: Promise<void>;
};

/** Hands pieces to a taker one at a time; `give` is called for each that was taken, `fail` once with what it threw. */
export function deliverPieces(
  taker: RunOptions['onPiece'],
  { give, fail }: { give: () => void; fail: (error: unknown) => void },
): PieceDelivery {
  let waiting = 0;
  let delivered = Promise.resolve();
  return {
    push(piece) {
      if (!taker || waiting === piecesAhead || piece.length > longestPieceBytes) return false;
      waiting++;
      const before = delivered;
      delivered = before.then(async () => {
        await taker(piece);
        waiting--;
        give();
      });
      // Only what threw first is told; the pieces behind it fail with it.
      before.then(
        () => delivered.catch(fail),
        () => {},
      );
      delivered.catch(() => {});
      return true;
    },
    get delivered() {
      return delivered;
    },
  };
}
