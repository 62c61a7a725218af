import { decodeFrame } from '../frames/decode-frame.ts';
import { encodeFrame } from '../frames/encode-frame.ts';
import type { Frame } from '../frames/frame.ts';
import { decodeReason, encodeReason } from '../frames/json-payload.ts';
import { unpackFrames } from '../frames/pack-frames.ts';
import { type LinkLimits, missedBeats } from '../limits.ts';
import type { LinkPort } from '../link-port.ts';
import type { LinkViolation } from '../violation.ts';

/** What both ends of a link have in common: it is alive until one of them says why not. */
export type SessionCore = {
  readonly ended: boolean;
  send(frame: Uint8Array): void;
  /** Nothing more is to come: what was sent goes now. */
  flush(): void;
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

  function take(frame: Frame | null, handle: (frame: Frame) => LinkViolation | null): void {
    if (frame?.type === 'BYE') core.end(decodeReason(frame.payload));
    else {
      const violation = frame ? handle(frame) : 'FrameInvalid';
      if (violation) core.drop(farewellOf(violation));
    }
  }

  const core: SessionCore = {
    get ended() {
      return ended;
    },
    send(frame) {
      if (!ended) port.send(frame);
    },
    flush: () => port.flush?.(),
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
      if (frame?.type !== 'PACK') return take(frame, handle);
      const packed = unpackFrames(frame.payload);
      if (!packed) return core.drop('FrameInvalid');
      // A pack in a pack is none: `handle` knows of no such frame.
      for (const one of packed) if (!ended) take(decodeFrame(one), handle);
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

/** What the operator of the other end has to do, who reads only this; everything else is for whoever wrote that end. */
const words = new Map<LinkViolation, string>([
  ['NodeOutdated', 'NodeOutdated: this gateway takes receipts in signed batches; update the node and start it again'],
  ['GatewayOutdated', 'GatewayOutdated: this node signs receipts in batches, which that gateway does not take'],
]);
const farewellOf = (violation: LinkViolation) => words.get(violation) ?? violation;
