import { decodeFrame } from '../frames/decode-frame.ts';
import { encodeFrame } from '../frames/encode-frame.ts';
import type { Frame } from '../frames/frame.ts';
import { decodeReason, encodeReason } from '../frames/json-payload.ts';
import { type LinkLimits, missedBeats } from '../limits.ts';
import type { LinkPort } from '../link-port.ts';
import type { LinkViolation } from '../violation.ts';

/** What both ends of a link have in common: it is alive until one of them says why not. */
export type SessionCore = {
  readonly ended: boolean;
  send(frame: Uint8Array): void;
  /** Ends the link from this side and tells the other why. */
  drop(reason: string): void;
  /** The link is gone; nothing can be sent any more. */
  end(reason: string): void;
  /** Takes a message of the peer; `handle` answers for every frame but the last one of a link. */
  receive(message: Uint8Array, handle: (frame: Frame) => LinkViolation | null): void;
  /** Drops a peer that has missed three beats; true when it is alive. */
  checkAlive(): boolean;
  /** A stream is over here; what the peer had under way for it may still come. */
  closeStream(): void;
  /** A frame for a stream that is over: fine as far as it can have been under way. */
  passStray(frame: Frame): LinkViolation | null;
};

const strayFrameBytes = 256;

export function openSessionCore(options: {
  port: LinkPort;
  clock: () => number;
  limits: LinkLimits;
  onEnd: (reason: string) => void;
}): SessionCore {
  const { port, clock, limits } = options;
  const strayPerStream = limits.windowBytes + limits.pieceBytes + limits.headBytes;
  let ended = false;
  let lastHeard = clock();
  let strays = 0;

  const core: SessionCore = {
    get ended() {
      return ended;
    },
    send(frame) {
      if (!ended) port.send(frame);
    },
    drop(reason) {
      if (ended) return;
      port.send(encodeFrame('BYE', 0, true, encodeReason(reason)));
      core.end(reason);
    },
    end(reason) {
      if (ended) return;
      ended = true;
      port.close(reason);
      options.onEnd(reason);
    },
    receive(message, handle) {
      if (ended) return;
      lastHeard = clock();
      const frame = decodeFrame(message);
      if (frame?.type === 'BYE') return core.end(decodeReason(frame.payload));
      const violation = frame ? handle(frame) : 'FrameInvalid';
      if (violation) core.drop(violation);
    },
    checkAlive() {
      if (!ended && clock() - lastHeard > missedBeats * limits.heartbeatMs) core.drop('HeartbeatMissed');
      return !ended;
    },
    closeStream() {
      strays = Math.min(strays + strayPerStream, limits.streams * strayPerStream);
    },
    passStray({ payload }) {
      strays -= Math.max(strayFrameBytes, payload.length);
      return strays < 0 ? 'StreamUnknown' : null;
    },
  };
  return core;
}
