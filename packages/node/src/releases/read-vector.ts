import { join } from 'node:path';
import { readSmallFile } from '@callable/disk';
import { longestVectorBytes, readVectorBytes, type Vector, type VectorBytes } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';

/** Inputs and expected outputs of a vector, from the manifest or its file; null when the file holds no vector. */
export async function readVector(release: CachedRelease, vector: Vector): Promise<VectorBytes | null> {
  if ('inputs' in vector) return readVectorBytes(vector, null);
  const text = await readSmallFile(join(release.directory, vector.file), longestVectorBytes);
  return text === null ? null : readVectorBytes(vector, new TextEncoder().encode(text));
}
