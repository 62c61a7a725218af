import { join } from 'node:path';
import type { Vector } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';
import { readSmallFile } from '../disk/read-small-file.ts';

export type VectorValues = { inputs: Record<string, unknown>; outputs: Record<string, unknown> };

/** The largest vector kept as a file, bytes of JSON: an image with its answer is about 2 MB. */
const longestVector = 16 * 1024 * 1024;

/** Inputs and expected outputs of a vector, from the manifest or its file; null when the file holds no vector. */
export async function readVector(release: CachedRelease, vector: Vector): Promise<VectorValues | null> {
  if ('inputs' in vector) return vector;
  const text = await readSmallFile(join(release.directory, vector.file), longestVector);
  const value: unknown = text === null ? null : parse(text);
  return isVector(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isVector(value: unknown): value is VectorValues {
  return isRecord(value) && isRecord(value.inputs) && isRecord(value.outputs);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
