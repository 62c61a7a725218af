import { fromHex } from '../../bytes/hex.ts';
import { encodeFrame } from '../frames/encode-frame.ts';
import type { LinkLimits } from '../limits.ts';
import { largestPiece, pieceCost } from './piece-cost.ts';

/** The pieces of one answer on their way out. */
export type OutgoingPieces = {
  /** Sends a piece once the other end has room for it. Rejects when it is too large, or when nobody takes any more. */
  send(piece: Uint8Array, salt: string): Promise<void>;
  /** What the other end has not taken yet, bytes. */
  readonly underWay: number;
  /** What was sent so far, bytes. */
  readonly sent: number;
  /** More may follow; false when more is granted than was sent. */
  credit(bytes: number): boolean;
  /** No piece goes out any more; whoever waits to send one is told why. */
  close(cause: Error): void;
};

const nothing = new Uint8Array();

/** Sends pieces on a stream, the first after the salt of the answer; never more than a window of what the other end has not taken. */
export function sendPieces(stream: number, send: (frame: Uint8Array) => void, limits: LinkLimits): OutgoingPieces {
  let underWay = 0;
  let sent = 0;
  let closed: Error | null = null;
  let wake = () => {};
  let turn: Promise<void> = Promise.resolve();

  async function sendInTurn(piece: Uint8Array, salt: string): Promise<void> {
    while (!closed && underWay + pieceCost(piece) > limits.windowBytes)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (closed) throw closed;
    const start = sent === 0 ? (fromHex(salt) ?? nothing) : nothing;
    underWay += pieceCost(piece);
    sent += piece.length;
    for (let at = 0; at < piece.length; at += limits.pieceBytes) {
      const isLast = at + limits.pieceBytes >= piece.length;
      const part = piece.subarray(at, at + limits.pieceBytes);
      send(encodeFrame('PIECE', stream, isLast, at === 0 ? start : nothing, part));
    }
  }

  return {
    send(piece, salt) {
      if (piece.length === 0) return Promise.resolve();
      if (piece.length > largestPiece(limits))
        return Promise.reject(new RangeError('A piece is larger than a link carries.'));
      if (sent + piece.length > limits.bodyBytes)
        return Promise.reject(new RangeError('An answer is larger than a link carries.'));
      const sending = turn.then(() => sendInTurn(piece, salt));
      turn = sending.catch(() => {});
      return sending;
    },
    get underWay() {
      return underWay;
    },
    get sent() {
      return sent;
    },
    credit(bytes) {
      if (bytes === 0 || bytes > underWay) return false;
      underWay -= bytes;
      wake();
      return true;
    },
    close(cause) {
      closed ??= cause;
      wake();
    },
  };
}
