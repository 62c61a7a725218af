import { toHex } from '../../bytes/hex.ts';
import { joinBytes } from '../../bytes/join-bytes.ts';
import type { OnPiece } from '../answer-call.ts';
import type { LinkLimits } from '../limits.ts';
import type { LinkViolation } from '../violation.ts';
import { largestPiece, pieceCost } from './piece-cost.ts';

/** The pieces of one answer on their way in. */
export type IncomingPieces = {
  /** Takes a part of a piece. What it returns is a reason to end the link. */
  take(part: Uint8Array, end: boolean): LinkViolation | null;
  /** Whether a piece has begun that is not whole. */
  readonly isOpen: boolean;
  /** All bytes so far. */
  readonly received: number;
  /** Resolves when every piece that is here was taken. */
  taken(): Promise<void>;
  /** Nobody takes what is still here. */
  stop(): void;
};

const saltBytes = 32;

/**
 * Hands pieces on, one after the other, and grants more only for what was taken: a window is all that ever waits here.
 * `onFailure` hears what `onPiece` throws.
 */
export function receivePieces(
  limits: LinkLimits,
  options: { onPiece: OnPiece; grant: (bytes: number) => void; onFailure: (cause: unknown) => void },
): IncomingPieces {
  let salt: string | null = null;
  let parts: Uint8Array[] = [];
  let open = 0;
  let queue: Uint8Array[] = [];
  let unread = 0;
  let ungranted = 0;
  let received = 0;
  let stopped = false;
  let taking: Promise<void> | null = null;

  async function takeAll(): Promise<void> {
    for (let piece = queue.shift(); piece && !stopped; piece = queue.shift()) {
      await options.onPiece(piece, salt ?? '');
      unread -= pieceCost(piece);
      ungranted += pieceCost(piece);
      if (ungranted < limits.windowBytes / 2) continue;
      options.grant(ungranted);
      ungranted = 0;
    }
  }

  function stop(): void {
    stopped = true;
    queue = [];
  }

  return {
    take(payload, end) {
      const part = salt === null ? payload.subarray(saltBytes) : payload;
      salt ??= toHex(payload.subarray(0, saltBytes));
      if (part.length > limits.pieceBytes) return 'PieceTooLarge';
      if (part.length === 0) return 'PieceEmpty';
      open += part.length;
      received += part.length;
      if (open > largestPiece(limits)) return 'PieceTooLarge';
      if (received > limits.bodyBytes) return 'BodyTooLarge';
      parts.push(part);
      if (!end) return null;
      const piece = joinBytes(parts, open);
      [parts, open] = [[], 0];
      unread += pieceCost(piece);
      if (unread + ungranted > limits.windowBytes) return 'WindowExceeded';
      if (stopped) return null;
      queue.push(piece);
      taking ??= takeAll()
        .catch((cause: unknown) => {
          stop();
          options.onFailure(cause);
        })
        .finally(() => {
          taking = null;
        });
      return null;
    },
    get isOpen() {
      return open > 0;
    },
    get received() {
      return received;
    },
    async taken() {
      while (taking) await taking;
    },
    stop,
  };
}
