import { CallableError } from '@callable/protocol';

/** Bytes of a chunk, `end` exclusive. */
export type Piece = { start: number; end: number };

/** A piece this small is a request for nothing: each costs a signature and a write. The last one may be smaller. */
export const leastPieceBytes = 16 * 1024;

/** Which bytes of a chunk of this size a request sends, by its Content-Range; null for all. Throws RequestInvalid. */
export function parseContentRange(header: string | undefined, size: number): Piece | null {
  if (header === undefined) return null;
  const parts = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header);
  const [start, end] = [Number(parts?.[1]), Number(parts?.[2]) + 1];
  const isWithin = parts !== null && start < end && end <= size && Number(parts[3]) === size;
  if (isWithin && (end === size || end - start >= leastPieceBytes)) return { start, end };
  throw new CallableError(
    'RequestInvalid',
    `The piece ${JSON.stringify(header.slice(0, 60))} is not one of ${leastPieceBytes} bytes or more of the ${size} of this chunk.`,
  );
}
