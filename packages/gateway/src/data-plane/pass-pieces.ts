import { createHash, type Hash } from 'node:crypto';
import type { CallEncoding, OnPiece, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import { responseOf } from '../answers/response-of.ts';
import type { GatewayContext } from '../context.ts';
import { encodingTable } from '../encodings/encoding-table.ts';
import { waitForCaller } from './wait-for-caller.ts';

/** How a door takes the pieces of an answer: what it returns is waited for, so that a slow caller slows the node. */
export type TakePiece = (piece: Uint8Array, release: ReleaseView) => void | Promise<void>;

/** A node sent what is no piece of this encoding. */
export class PieceUnsound extends Error {}

/** The pieces of one answer on their way through. */
export type PiecePassage = {
  /** For the link; undefined where the answer is taken whole. */
  readonly onPiece: OnPiece | undefined;
  /** Whether the caller has seen a part of this answer: then no other node can answer any more. */
  readonly began: boolean;
  /** Milliseconds that went by waiting for the caller: no node answers for them. */
  waitedMs(): number;
  /** Whether `last` may end the answer. */
  isSound(last: Uint8Array): boolean;
  /** sha256 of the salt, of all that passed and of `last`, hex: what the receipt must name. */
  response(last: Uint8Array, salt: string): string;
};

/** An answer that is taken whole: nothing of it is kept here, so all calls of an encoding share one. */
const wholePassage = (encoding: CallEncoding): PiecePassage => ({
  onPiece: undefined,
  began: false,
  waitedMs: () => 0,
  isSound: encodingTable[encoding].isSpliceable,
  response: (last, salt) => responseOf(salt, last),
});
const whole: Record<CallEncoding, PiecePassage> = { plain: wholePassage('plain'), oip: wholePassage('oip') };

/** Without `take` the answer comes whole. Each piece is checked, hashed and handed on; nothing is kept. */
export function passPieces(
  ctx: Pick<GatewayContext, 'clock' | 'config'>,
  release: ReleaseView,
  call: Call,
  take: TakePiece | undefined,
): PiecePassage {
  if (!take) return whole[call.encoding];
  const { isPiece } = encodingTable[call.encoding];
  let passed: Hash | null = null;
  let waitedMs = 0;
  let waitingSince: number | null = null;

  async function onPiece(piece: Uint8Array, salt: string): Promise<void> {
    if (!isPiece(piece)) throw new PieceUnsound();
    passed ??= createHash('sha256').update(Buffer.from(salt, 'hex'));
    passed.update(piece);
    waitingSince = ctx.clock();
    try {
      await waitForCaller(take?.(piece, release), ctx.config.callerStallMs);
    } finally {
      waitedMs += ctx.clock() - waitingSince;
      waitingSince = null;
    }
  }

  return {
    onPiece,
    get began() {
      return passed !== null;
    },
    waitedMs: () => waitedMs + (waitingSince === null ? 0 : ctx.clock() - waitingSince),
    isSound: (last) => (passed !== null && last.length === 0) || isPiece(last),
    // Pieces that came with another salt than the answer have another hash than its receipt.
    response: (last, salt) => (passed ? passed.update(last).digest('hex') : responseOf(salt, last)),
  };
}
