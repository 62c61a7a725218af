import { createHash, type Hash } from 'node:crypto';
import type { OnPiece, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { encodingTable } from '../encodings/encoding-table.ts';
import { waitForCaller } from './wait-for-caller.ts';

/** How a door takes the pieces of an answer: what it returns is waited for, so that a slow caller slows the node. */
export type TakePiece = (piece: Uint8Array, release: ReleaseView) => void | Promise<void>;

/** A node sent what is no piece of this encoding. */
export class PieceUnsound extends Error {}

/** The pieces of one answer on their way through. */
export type PiecePassage = {
  /** For the link; absent where the answer is taken whole. */
  onPiece?: OnPiece;
  /** Whether the caller has seen a part of this answer: then no other node can answer any more. */
  readonly began: boolean;
  /** Milliseconds that went by waiting for the caller: no node answers for them. */
  waitedMs(): number;
  /** Whether `last` may end the answer. */
  isSound(last: Uint8Array): boolean;
  /** sha256 of the salt, of all that passed and of `last`, hex: what the receipt must name. */
  response(last: Uint8Array, salt: string): string;
};

/** Without `take` the answer comes whole. Each piece is checked, hashed and handed on; nothing is kept. */
export function passPieces(
  ctx: Pick<GatewayContext, 'clock' | 'config'>,
  release: ReleaseView,
  call: Call,
  take: TakePiece | undefined,
): PiecePassage {
  const { isPiece, isSpliceable } = encodingTable[call.encoding];
  let passed: Hash | null = null;
  let waitedMs = 0;
  let waitingSince: number | null = null;

  async function pass(piece: Uint8Array, salt: string): Promise<void> {
    if (!isPiece(piece)) throw new PieceUnsound();
    passed ??= saltedHash(salt);
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
    ...(take ? { onPiece: pass } : {}),
    get began() {
      return passed !== null;
    },
    waitedMs: () => waitedMs + (waitingSince === null ? 0 : ctx.clock() - waitingSince),
    isSound(last) {
      if (passed && last.length === 0) return true;
      return take ? isPiece(last) : isSpliceable(last);
    },
    // Pieces that came with another salt than the answer have another hash than its receipt.
    response: (last, salt) => (passed ?? saltedHash(salt)).update(last).digest('hex'),
  };
}

const saltedHash = (salt: string) => createHash('sha256').update(Buffer.from(salt, 'hex'));
