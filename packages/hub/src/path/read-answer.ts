import { jsonDepth } from '@callable/protocol';

/** More than the outputs of any vector need: a vector file has at most 16 MiB. */
const maxAnswerBytes = 32 * 1024 * 1024;
/** Deeper than any tensor; whoever walks a deeper answer may run out of stack. */
const maxDepth = 64;

/** The JSON of a response from a stranger, and its bytes; throws when it is none, too large or too deep. */
export async function readAnswer(response: Response): Promise<{ value: unknown; bytes: Uint8Array }> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream: no more than the limit is ever taken in.
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > maxAnswerBytes) throw new Error(`The answer has more than ${maxAnswerBytes} bytes.`);
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  if (jsonDepth(bytes) > maxDepth) throw new Error(`The answer is nested deeper than ${maxDepth} levels.`);
  return { value: JSON.parse(bytes.toString('utf8')), bytes };
}
