import { type ReadOptions, readPieces } from './read-pieces.ts';

/** The bytes of an answer. Throws as `readPieces` does. */
export async function readBytes(response: Response, from: string, options: ReadOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of readPieces(response, from, options)) length += pieces.push(piece) && piece.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
