import { type ReadOptions, readPieces } from './read-pieces.ts';

/** The text of an answer. Throws as `readPieces` does: the rest of an endless one is never read. */
export async function readText(response: Response, from: string, options: ReadOptions): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of readPieces(response, from, options)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
