import { joinBytes } from '@callable/protocol';
import { type ReadOptions, readPieces } from './read-pieces.ts';

/** The bytes of an answer. Throws as `readPieces` does. */
export async function readBytes(response: Response, from: string, options: ReadOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of readPieces(response, from, options)) length += pieces.push(piece) && piece.length;
  return joinBytes(pieces, length);
}
