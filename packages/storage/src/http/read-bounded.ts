import { readBody } from './read-body.ts';

/** At most `maxBytes` of an answer: of an error text a stranger sent, the beginning is enough. */
export async function readBounded(
  response: Response,
  maxBytes: number,
  options: { idleMs: number; signal?: AbortSignal },
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of readBody(response, options)) {
    pieces.push(piece);
    size += piece.length;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, maxBytes);
}
