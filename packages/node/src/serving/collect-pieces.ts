import { CallableError, linkLimits, type OnPiece } from '@callable/protocol';

/** An answer that goes out in pieces, and stays here until its receipt is written. */
export type CollectedPieces = {
  /** For the model; absent where the caller takes the answer whole. */
  onPiece?: OnPiece;
  /** All pieces and the last one: what the receipt signs, and what an auditor is shown. */
  whole(last: Uint8Array): Uint8Array;
};

/**
 * Passes pieces on and keeps them. Bounded by what a link carries, whichever way the answer goes: what an auditor could
 * not be shown is not answered.
 */
export function collectPieces(onPiece: OnPiece | undefined, most = linkLimits.bodyBytes): CollectedPieces {
  const kept: Uint8Array[] = [];
  let length = 0;

  async function pass(piece: Uint8Array, salt: string): Promise<void> {
    length += piece.length;
    if (length > most) throw new CallableError('CallFailed', `The answer has more than ${most} bytes.`);
    kept.push(piece);
    await onPiece?.(piece, salt);
  }

  return {
    ...(onPiece ? { onPiece: pass } : {}),
    whole: (last) => (kept.length === 0 ? last : Buffer.concat([...kept, last])),
  };
}
