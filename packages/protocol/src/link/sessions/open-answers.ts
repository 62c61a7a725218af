import type { Address } from '../../identity/address.ts';
import type { OpenReceipts, ReceiptSession, SignedEntries } from '../../receipts/batches/open-receipt-session.ts';
import type { AnswerCall, GoodNodeAnswer, NodeAnswer, OnPiece } from '../answer-call.ts';
import { type AnswerHead, encodeAnswerHead } from '../frames/answer-head.ts';
import { encodeBatchPayload } from '../frames/batch-payload.ts';
import { decodeCallHead } from '../frames/call-head.ts';
import { readU32 } from '../frames/decode-frame.ts';
import { encodeFrame, u32 } from '../frames/encode-frame.ts';
import type { Frame } from '../frames/frame.ts';
import type { LinkLimits } from '../limits.ts';
import type { LinkRefusal } from '../link-answer.ts';
import type { LinkCallHead } from '../link-call.ts';
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

/** An answer that waits for the batch of its receipt. */
type Ready = { stream: number; head: GoodNodeAnswer; body: Uint8Array; onReceipt: NodeAnswer['onReceipt'] };

/** The calls a node is answering on one link. */
export type Answers = {
  /** Before any call: whom the receipts of this link are for. */
  join(gateway: Address): void;
  /** CALL, DATA, CREDIT or CANCEL. */
  receive(frame: Frame): LinkViolation | null;
  endAll(reason: string): void;
  /** Calls whose answer is not sent whole. */
  readonly underWay: number;
};

export function openAnswers(
  core: SessionCore,
  { answerCall, openReceipts }: { answerCall: AnswerCall; openReceipts: OpenReceipts },
  limits: LinkLimits,
): Answers {
  let receipts: ReceiptSession<Ready> | null = null;
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
    const head = first && decodeCallHead(first.head);
    if (!first || !head) return 'CallInvalid';
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
      (said) => judge(stream, call, said),
      // What went wrong inside is for the node's own log; a stranger learns that it did.
      () => answer(stream, refusal('Internal', 'The node failed.', true)),
    );
  }

  /** A refusal goes at once; what is signed goes with the batch of this tick. */
  function judge(stream: number, call: AnswerUnderWay, { head, body, onReceipt }: NodeAnswer): void {
    if (streams.get(stream) !== call || core.ended) return;
    const length = (call.pieces?.sent ?? 0) + body.length;
    // What the other end would drop us for is said in words instead.
    if (length > limits.bodyBytes)
      answer(stream, refusal('CallFailed', `The answer has ${length} bytes, more than a link carries.`, true));
    else if (head.ok) sign({ stream, head, body, onReceipt });
    else answer(stream, head, body);
  }

  function sign(ready: Ready): void {
    try {
      receipts?.add(ready.head.facts, ready);
    } catch {
      answer(ready.stream, refusal('Internal', 'The node failed.', true));
    }
  }

  function sendBatch({ batch, entries }: SignedEntries<Ready>): void {
    const receipts = entries.map(({ bytes, given }) => ({ stream: given.stream, bytes }));
    core.send(encodeFrame('BATCH', 0, true, encodeBatchPayload({ batch, receipts })));
    for (const { receipt, id, given } of entries) {
      const { salt, runMs, id: echoed } = given.head;
      // attack: a call that is dropped now has its receipt all the same, and whoever has it may ask to see the call.
      given.onReceipt?.(id);
      const head = {
        ok: true as const,
        seq: receipt.seq,
        salt,
        runMs,
        ...(echoed === undefined ? {} : { id: echoed }),
      };
      answer(given.stream, head, given.body);
    }
    core.flush();
  }

  function answer(stream: number, head: AnswerHead, body: Uint8Array = new Uint8Array()): void {
    const call = streams.get(stream);
    if (!call || core.ended) return;
    const underWay = call.pieces?.underWay ?? 0;
    call.pieces?.close(new Error('The answer has ended.'));
    const message = { type: 'ANSWER' as const, stream, head: fitToLink(head, limits), body };
    call.out = sendMessage(message, core.send, limits, () => finish(stream), underWay);
  }

  return {
    join(gateway) {
      receipts = openReceipts(gateway, sendBatch);
    },
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
      receipts?.end();
      for (const stream of [...streams.keys()])
        finish(stream)?.stop.abort(new Error(`The link has ended (${reason}).`));
    },
  };
}

const pieceTaker = (pieces: OutgoingPieces | null): OnPiece | undefined =>
  pieces ? (piece, salt) => pieces.send(piece, salt) : undefined;

/** The errors of a refusal come from a model's file, which may say anything. */
function fitToLink(head: AnswerHead, { headBytes }: LinkLimits): Uint8Array {
  const bytes = encodeAnswerHead(head);
  if (bytes.length <= headBytes) return bytes;
  return encodeAnswerHead(refusal('CallFailed', 'The account of the answer is too long.', true));
}

const refusal = (code: string, message: string, started: boolean): LinkRefusal => ({
  ok: false,
  code,
  message,
  started,
});
