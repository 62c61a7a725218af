import { readPieces } from './read-pieces.ts';

/** The text of an answer, or null when it has more bytes than `most`: the rest of an endless one is never read. */
export async function readText(response: Response, most: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of readPieces(response.body)) {
    bytes += piece.length;
    if (bytes > most) return null;
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
