import type { ArrivedBatch } from '../../receipts/batches/arrived-batch.ts';
import type { Receipt3 } from '../../receipts/batches/receipt-3.ts';
import type { OnPiece } from '../answer-call.ts';
import type { CallSignal } from '../call-signal.ts';
import { decodeAnswerHead } from '../frames/answer-head.ts';
import { encodeCallHead } from '../frames/call-head.ts';
import { readU32 } from '../frames/decode-frame.ts';
import { encodeFrame, u32 } from '../frames/encode-frame.ts';
import type { Frame } from '../frames/frame.ts';
import type { LinkLimits } from '../limits.ts';
import type { LinkAnswer } from '../link-answer.ts';
import type { LinkCallHead } from '../link-call.ts';
import { LinkLost } from '../node-link.ts';
import { type IncomingMessage, receiveMessage, splitFirst } from '../streams/incoming-message.ts';
import { type IncomingPieces, receivePieces } from '../streams/incoming-pieces.ts';
import { type OutgoingMessage, sendMessage } from '../streams/outgoing-message.ts';
import type { LinkViolation } from '../violation.ts';
import type { CheckedBatch } from './check-batches.ts';
import type { SessionCore } from './session-core.ts';

type CallUnderWay = {
  out: OutgoingMessage | null;
  /** Null when the answer is to come whole. */
  pieces: IncomingPieces | null;
  /** Once its batch is here. */
  signed: { receipt: Receipt3; batch: ArrivedBatch } | null;
  answer: { head: LinkAnswer['head']; incoming: IncomingMessage } | null;
  settle: { resolve(answer: LinkAnswer): void; reject(cause: unknown): void };
};

/** The calls a gateway has under way on one link. */
export type Calls = {
  call(head: LinkCallHead, body: Uint8Array, signal: CallSignal, onPiece?: OnPiece): Promise<LinkAnswer>;
  /** PIECE, ANSWER, DATA or CREDIT. */
  receive(frame: Frame): LinkViolation | null;
  /** Receipts that were signed, for the answers that follow. */
  takeBatch(batch: CheckedBatch): LinkViolation | null;
  endAll(reason: string): void;
  readonly underWay: number;
};

/** What an end says that has nothing under way any more, or takes what it has elsewhere. */
const farewells: ReadonlySet<string> = new Set(['NodeClosing', 'GatewayClosing']);

const lastStream = 0xffff_ffff;
/** Dropped calls whose receipts may still be on their way: more than can be while the word of it crosses the link. */
const mostDropped = 4_096;

export function openCalls(core: SessionCore, limits: LinkLimits): Calls {
  const streams = new Map<number, CallUnderWay>();
  const dropped = new Set<number>();
  let nextStream = 1;
  let held = 0;

  function finish(stream: number): CallUnderWay | undefined {
    const call = streams.get(stream);
    if (!call) return undefined;
    streams.delete(stream);
    held -= call.answer?.incoming.held ?? 0;
    core.closeStream();
    return call;
  }

  function begin(frame: Frame, call: CallUnderWay): LinkViolation | null {
    if (call.answer) return 'AnswerTwice';
    const first = splitFirst(frame.payload, limits);
    const head = first && headOf(first.head, call);
    if (!first || !head) return 'AnswerInvalid';
    if (call.pieces?.isOpen) return 'PieceUnended';
    const received = call.pieces?.received ?? 0;
    const rest = { ...limits, bodyBytes: limits.bodyBytes - received };
    call.answer = { head, incoming: receiveMessage(rest, granter(frame.stream)) };
    return take(frame, call, first.piece);
  }

  function take(frame: Frame, call: CallUnderWay, piece: Uint8Array): LinkViolation | null {
    if (!call.answer) return 'AnswerMissing';
    const { head, incoming } = call.answer;
    const state = incoming.take(piece, frame.end);
    if (state !== 'more' && state !== 'whole') return state;
    held += piece.length;
    if (held > limits.heldBytes) giveUp(frame.stream, new LinkLost('Too many large answers at once.', true, 'dropped'));
    else if (state === 'whole') {
      finish(frame.stream);
      const answer = { head, body: incoming.body() };
      if (call.pieces) void call.pieces.taken().then(() => call.settle.resolve(answer));
      else call.settle.resolve(answer);
    }
    return null;
  }

  function takeBatch({ arrived, answers }: CheckedBatch): LinkViolation | null {
    for (const { stream, receipt } of answers) {
      const call = streams.get(stream);
      // attack: a receipt for a call that was never asked, or a second one for the same.
      if (call ? call.signed || call.answer : !dropped.delete(stream)) return 'BatchInvalid';
      if (call) call.signed = { receipt, batch: arrived };
      else arrived.dropped.add(receipt.seq);
    }
    return null;
  }

  function takePiece(frame: Frame, call: CallUnderWay): LinkViolation | null {
    if (!call.pieces) return 'PieceUnexpected';
    if (call.answer) return 'PieceAfterAnswer';
    return call.pieces.take(frame.payload, frame.end);
  }

  const granter = (stream: number) => (bytes: number) => core.send(encodeFrame('CREDIT', stream, false, u32(bytes)));

  function giveUp(stream: number, cause: unknown): void {
    const call = finish(stream);
    if (!call) return;
    if (!call.signed) noteDropped(stream);
    dropReceipt(call);
    core.send(encodeFrame('CANCEL', stream, true));
    call.pieces?.stop();
    call.settle.reject(cause);
  }

  function noteDropped(stream: number): void {
    dropped.add(stream);
    if (dropped.size <= mostDropped) return;
    for (const oldest of dropped) {
      dropped.delete(oldest);
      return;
    }
  }

  return {
    takeBatch,
    get underWay() {
      return streams.size;
    },
    call(head, body, signal, onPiece) {
      if (core.ended || nextStream > lastStream) return Promise.reject(new LinkLost('The link has ended.', false));
      if (signal.aborted) return Promise.reject(signal.reason);
      if (body.length > limits.bodyBytes)
        return refused('BodyTooLarge', `The body is too large for a node link, which takes ${limits.bodyBytes} bytes.`);
      if (streams.size >= limits.streams) return refused('NodeBusy', 'Too many calls are under way on this link.');
      const stream = nextStream++;
      let onAbort = () => {};
      return new Promise<LinkAnswer>((resolve, reject) => {
        // Also when all of the answer is here and its last pieces wait for a caller who takes none.
        const endWith = (cause: unknown) => {
          giveUp(stream, cause);
          dropReceipt(call);
          pieces?.stop();
          reject(cause);
        };
        const pieces = onPiece ? receivePieces(limits, { onPiece, grant: granter(stream), onFailure: endWith }) : null;
        onAbort = () => endWith(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        const call: CallUnderWay = { out: null, pieces, signed: null, answer: null, settle: { resolve, reject } };
        streams.set(stream, call);
        const asked = onPiece ? { ...head, pieces: true } : head;
        call.out = sendMessage({ type: 'CALL', stream, head: encodeCallHead(asked), body }, core.send, limits);
      }).finally(() => signal.removeEventListener('abort', onAbort));
    },
    receive(frame) {
      if (frame.stream === 0 || frame.stream >= nextStream) return 'StreamUnknown';
      const call = streams.get(frame.stream);
      if (!call) return core.passStray(frame);
      if (frame.type === 'PIECE') return takePiece(frame, call);
      if (frame.type === 'ANSWER') return begin(frame, call);
      if (frame.type === 'DATA') return take(frame, call, frame.payload);
      return frame.payload.length === 4 && call.out?.credit(readU32(frame.payload, 0)) ? null : 'CreditInvalid';
    },
    endAll(reason) {
      const how = farewells.has(reason) ? 'left' : 'broken';
      for (const [stream, call] of [...streams]) {
        finish(stream);
        call.pieces?.stop();
        dropReceipt(call);
        call.settle.reject(new LinkLost(`The link to the node has ended (${reason}).`, call.out?.sent ?? false, how));
      }
    },
  };
}

const dropReceipt = ({ signed }: CallUnderWay): void => void signed?.batch.dropped.add(signed.receipt.seq);

/** The head of an answer with the receipt it names; null when that is not the one that was signed for it. */
function headOf(bytes: Uint8Array, { signed }: CallUnderWay): LinkAnswer['head'] | null {
  const head = decodeAnswerHead(bytes);
  if (!head?.ok) return signed ? null : head;
  const { seq, ...more } = head;
  return signed?.receipt.seq === seq ? { ...more, ...signed } : null;
}

const refused = (code: string, message: string): Promise<LinkAnswer> =>
  Promise.resolve({ head: { ok: false, code, message, started: false }, body: new Uint8Array() });
