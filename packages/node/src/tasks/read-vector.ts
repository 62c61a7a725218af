import { join } from 'node:path';
import { readSmallFile } from '@callable/disk';
import { readVectorBytes, type Vector, type VectorBytes } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';

/** The largest vector kept as a file, bytes of JSON: an image with its answer is about 2 MB. */
const longestVector = 16 * 1024 * 1024;

/** Inputs and expected outputs of a vector, from the manifest or its file; null when the file holds no vector. */
export async function readVector(release: CachedRelease, vector: Vector): Promise<VectorBytes | null> {
  if ('inputs' in vector) return readVectorBytes(vector, null);
  const text = await readSmallFile(join(release.directory, vector.file), longestVector);
  return text === null ? null : readVectorBytes(vector, new TextEncoder().encode(text));
}
