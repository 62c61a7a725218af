import { join } from 'node:path';
import { readSmallBytes } from '@callable/disk';
import { longestVectorBytes, readVectorBytes, type Vector, type VectorBytes } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';

/** Inputs and expected outputs of a vector, from the manifest or its file; null when the file holds no vector. */
export async function readVector(release: CachedRelease, vector: Vector): Promise<VectorBytes | null> {
  if ('inputs' in vector) return readVectorBytes(vector, null);
  return readVectorBytes(vector, await readSmallBytes(join(release.directory, vector.file), longestVectorBytes));
}
