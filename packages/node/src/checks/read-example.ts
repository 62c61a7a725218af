import { parsePlainInputs, type Tensor } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';
import { readVector } from '../releases/read-vector.ts';

/** The inputs of the first vector as tensors: what made-up inputs are shaped like. Null when they cannot be read. */
export async function readExample(release: CachedRelease): Promise<Tensor[] | null> {
  const [vector] = release.manifest.vectors;
  const values = vector && (await readVector(release, vector));
  if (!values) return null;
  const parsed = parsePlainInputs(values.inputs, release.manifest.inputs);
  return parsed.ok ? parsed.value : null;
}
