import { encodeFrame, u32 } from '../frames/encode-frame.ts';
import type { LinkLimits } from '../limits.ts';

/** A head and body on their way out, as fast as the other end takes them. */
export type OutgoingMessage = {
  /** Whether the last byte has been handed over. */
  readonly sent: boolean;
  /** More bytes may follow; false when the other end grants more than it was sent, which no honest one does. */
  credit(bytes: number): boolean;
};

/**
 * Sends a message: its first frame carries the head and the first piece, so that a small call is one frame.
 * Never more than a window of bytes is under way that the other end has not taken; pieces that went before count.
 */
export function sendMessage(
  message: { type: 'CALL' | 'ANSWER'; stream: number; head: Uint8Array; body: Uint8Array },
  send: (frame: Uint8Array) => void,
  limits: LinkLimits,
  onSent: () => void = () => {},
  alreadyUnderWay = 0,
): OutgoingMessage {
  const { type, stream, head, body } = message;
  let at = 0;
  let underWay = alreadyUnderWay;
  let told = false;

  const next = (): Uint8Array => {
    const length = Math.min(limits.pieceBytes, limits.windowBytes - underWay, body.length - at);
    const piece = body.subarray(at, at + length);
    at += length;
    underWay += length;
    return piece;
  };
  const pump = () => {
    while (at < body.length && underWay < limits.windowBytes) {
      const piece = next();
      send(encodeFrame('DATA', stream, at === body.length, piece));
    }
    if (at < body.length || told) return;
    told = true;
    onSent();
  };

  const first = next();
  send(encodeFrame(type, stream, at === body.length, u32(head.length), head, first));
  pump();
  return {
    get sent() {
      return at === body.length;
    },
    credit(bytes) {
      if (bytes === 0 || bytes > underWay) return false;
      underWay -= bytes;
      if (at < body.length) pump();
      return true;
    },
  };
}
