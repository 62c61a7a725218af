import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/**
 * Writes a stream to a new file, for the owner alone, and says what it was. `admit` hears the size with each piece
 * before that is written, and throws what ends it: whoever sends decides how much comes.
 */
export async function writeHashed(
  path: string,
  source: AsyncIterable<Uint8Array>,
  admit: (size: number) => void,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of source) {
      size += piece.length;
      admit(size);
      hash.update(piece);
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}
