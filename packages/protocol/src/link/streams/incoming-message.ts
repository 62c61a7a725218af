import { joinBytes } from '../../bytes/join-bytes.ts';
import { readU32 } from '../frames/decode-frame.ts';
import type { LinkLimits } from '../limits.ts';
import type { LinkViolation } from '../violation.ts';

/** A head and body on their way in. */
export type IncomingMessage = {
  /** Takes the next piece. Anything but `more` and `whole` is a reason to end the link. */
  take(piece: Uint8Array, end: boolean): 'more' | 'whole' | LinkViolation;
  /** The whole body, once there is one. */
  body(): Uint8Array;
  /** Body bytes held so far. */
  readonly held: number;
};

/** Collects the pieces of one body; `grant` tells the sender that it may send as many bytes more. */
export function receiveMessage(limits: LinkLimits, grant: (bytes: number) => void): IncomingMessage {
  const pieces: Uint8Array[] = [];
  let held = 0;
  let ungranted = 0;
  return {
    take(piece, end) {
      if (piece.length > limits.pieceBytes) return 'PieceTooLarge';
      // Frames that carry nothing and end nothing would keep us busy for free.
      if (piece.length === 0 && !end && pieces.length > 0) return 'PieceEmpty';
      held += piece.length;
      ungranted += piece.length;
      if (held > limits.bodyBytes) return 'BodyTooLarge';
      pieces.push(piece);
      if (end) return 'whole';
      if (ungranted >= limits.windowBytes / 2) {
        grant(ungranted);
        ungranted = 0;
      }
      return 'more';
    },
    body: () => joinBytes(pieces, held),
    get held() {
      return held;
    },
  };
}

/** The head and first piece in the payload of a CALL or ANSWER, or null when their lengths do not fit. */
export function splitFirst(payload: Uint8Array, limits: LinkLimits): { head: Uint8Array; piece: Uint8Array } | null {
  if (payload.length < 4) return null;
  const length = readU32(payload, 0);
  if (length > limits.headBytes || length > payload.length - 4) return null;
  return { head: payload.subarray(4, 4 + length), piece: payload.subarray(4 + length) };
}
