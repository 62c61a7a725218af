import { Check } from '../../schema/check.ts';
import type { AnswerCall, OnPiece } from '../answer-call.ts';
import { readU32 } from '../frames/decode-frame.ts';
import { encodeFrame, u32 } from '../frames/encode-frame.ts';
import type { Frame } from '../frames/frame.ts';
import { decodeJson, encodeJson } from '../frames/json-payload.ts';
import type { LinkLimits } from '../limits.ts';
import { type LinkAnswerHead, LinkCallHead } from '../link-call.ts';
import { type IncomingMessage, receiveMessage, splitFirst } from '../streams/incoming-message.ts';
import { type OutgoingMessage, sendMessage } from '../streams/outgoing-message.ts';
import { type OutgoingPieces, sendPieces } from '../streams/outgoing-pieces.ts';
import type { LinkViolation } from '../violation.ts';
import type { SessionCore } from './session-core.ts';

type AnswerUnderWay = {
  head: LinkCallHead;
  /** Null once the whole call is here. */
  incoming: IncomingMessage | null;
  held: number;
  out: OutgoingMessage | null;
  /** Null when the caller takes the answer only whole. */
  pieces: OutgoingPieces | null;
  stop: AbortController;
};

/** The calls a node is answering on one link. */
export type Answers = {
  /** CALL, DATA, CREDIT or CANCEL. */
  receive(frame: Frame): LinkViolation | null;
  endAll(reason: string): void;
  /** Calls whose answer is not sent whole. */
  readonly underWay: number;
};

export function openAnswers(core: SessionCore, answerCall: AnswerCall, limits: LinkLimits): Answers {
  const streams = new Map<number, AnswerUnderWay>();
  let newestStream = 0;
  let held = 0;

  function finish(stream: number): AnswerUnderWay | undefined {
    const call = streams.get(stream);
    if (!call) return undefined;
    streams.delete(stream);
    held -= call.held;
    call.pieces?.close(new Error('Nobody takes this answer any more.'));
    core.closeStream();
    return call;
  }

  function begin(frame: Frame): LinkViolation | null {
    if (frame.stream <= newestStream) return 'StreamReused';
    if (streams.size >= limits.streams) return 'StreamsTooMany';
    const first = splitFirst(frame.payload, limits);
    const head = first ? decodeJson(first.head) : undefined;
    if (!first || !Check(LinkCallHead, head)) return 'CallInvalid';
    newestStream = frame.stream;
    const grant = (bytes: number) => core.send(encodeFrame('CREDIT', frame.stream, false, u32(bytes)));
    const incoming = receiveMessage(limits, grant);
    const pieces = head.pieces === true ? sendPieces(frame.stream, core.send, limits) : null;
    const call = { head, incoming, held: 0, out: null, pieces, stop: new AbortController() };
    streams.set(frame.stream, call);
    return take(frame, call, first.piece);
  }

  function take(frame: Frame, call: AnswerUnderWay, piece: Uint8Array): LinkViolation | null {
    if (!call.incoming) return 'DataAfterEnd';
    const state = call.incoming.take(piece, frame.end);
    if (state !== 'more' && state !== 'whole') return state;
    call.held += piece.length;
    held += piece.length;
    if (held > limits.heldBytes) answer(frame.stream, refusal('NodeBusy', 'Too many large calls at once.', false));
    else if (state === 'whole') run(frame.stream, call, call.incoming.body());
    return null;
  }

  function run(stream: number, call: AnswerUnderWay, body: Uint8Array): void {
    call.incoming = null;
    answerCall(call.head, body, call.stop.signal, pieceTaker(call.pieces)).then(
      ({ head, body: outputs }) => answer(stream, head, outputs),
      // What went wrong inside is for the node's own log; a stranger learns that it did.
      () => answer(stream, refusal('Internal', 'The node failed.', true)),
    );
  }

  function answer(stream: number, head: LinkAnswerHead, body: Uint8Array = new Uint8Array()): void {
    const call = streams.get(stream);
    if (!call || core.ended) return;
    const { sent = 0, underWay = 0 } = call.pieces ?? {};
    call.pieces?.close(new Error('The answer has ended.'));
    const message = { type: 'ANSWER' as const, stream, ...fitToLink(head, body, sent, limits) };
    call.out = sendMessage(message, core.send, limits, () => finish(stream), underWay);
  }

  return {
    get underWay() {
      return streams.size;
    },
    receive(frame) {
      if (frame.type === 'CALL') return begin(frame);
      if (frame.stream === 0 || frame.stream > newestStream) return 'StreamUnknown';
      const call = streams.get(frame.stream);
      if (!call) return core.passStray(frame);
      if (frame.type === 'CANCEL') {
        finish(frame.stream)?.stop.abort(new Error('The caller has gone.'));
        return null;
      }
      if (frame.type === 'DATA') return take(frame, call, frame.payload);
      if (frame.type !== 'CREDIT') return 'FrameUnexpected';
      const sender = call.out ?? call.pieces;
      return frame.payload.length === 4 && sender?.credit(readU32(frame.payload, 0)) ? null : 'CreditInvalid';
    },
    endAll(reason) {
      for (const stream of [...streams.keys()])
        finish(stream)?.stop.abort(new Error(`The link has ended (${reason}).`));
    },
  };
}

const pieceTaker = (pieces: OutgoingPieces | null): OnPiece | undefined =>
  pieces ? (piece) => pieces.send(piece) : undefined;

/** What the other end would drop us for is said in words instead. */
function fitToLink(
  head: LinkAnswerHead,
  body: Uint8Array,
  sent: number,
  limits: LinkLimits,
): { head: Uint8Array; body: Uint8Array } {
  const tooLarge = (message: string) => ({
    head: encodeJson(refusal('CallFailed', message, true)),
    body: new Uint8Array(),
  });
  const length = sent + body.length;
  if (length > limits.bodyBytes) return tooLarge(`The answer has ${length} bytes, more than a link carries.`);
  const bytes = encodeJson(head);
  return bytes.length > limits.headBytes ? tooLarge('The account of the answer is too long.') : { head: bytes, body };
}

const refusal = (code: string, message: string, started: boolean): LinkAnswerHead => ({
  ok: false,
  code,
  message,
  started,
});
