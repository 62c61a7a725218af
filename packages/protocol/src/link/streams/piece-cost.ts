import type { LinkLimits } from '../limits.ts';

/** What a piece takes of the window at least: a window full of pieces of one byte would weigh a hundred times as much. */
const leastCost = 256;

/** What one piece takes of the window of its stream, at both ends, bytes. */
export const pieceCost = (piece: Uint8Array): number => Math.max(leastCost, piece.length);

/**
 * The largest piece. The receiver grants by halves of a window and sees a piece only when it is whole, so one of more
 * than half might wait for a credit that waits for it.
 */
export const largestPiece = ({ windowBytes }: LinkLimits): number => windowBytes / 2;
