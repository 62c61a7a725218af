import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import {
  CallableError,
  type ReleaseView,
  readExactJson,
  readVectorBytes,
  type Vector,
  writePlainOutputs,
} from '@callable/protocol';
import { type Client, getRelease, readFile } from '@callable/sdk';
import { type Draft, saysTheSame } from '../models/build-manifest.ts';
import type { SourceFile } from '../models/hash-source.ts';
import type { Candidate } from './choose-example.ts';

/** The release of this name and version, or null when there is none yet. */
export async function findPublished(
  client: Client,
  reference: string,
  signal: AbortSignal,
): Promise<ReleaseView | null> {
  try {
    return await getRelease(client, reference, { signal });
  } catch (error) {
    if (error instanceof CallableError && error.code === 'ReleaseNotFound') return null;
    throw error;
  }
}

/**
 * Where the published release is the one that is being published again: its vector files, fetched, so that the hub
 * can be given whatever it has lost. Null where it is another.
 */
export async function matchPublished(
  { client, directory, signal }: { client: Client; directory: string; signal: AbortSignal },
  { manifest }: ReleaseView,
  drafts: readonly Draft[],
  candidates: readonly Candidate[],
  holdsExpected: (vector: Vector, outputs: string) => boolean,
): Promise<SourceFile[] | null> {
  const isCandidate = (inputs: unknown) => candidates.some(({ value }) => isDeepStrictEqual(inputs, value));
  const [vector] = manifest.vectors;
  if (!vector || !drafts.some((draft) => saysTheSame(manifest, draft))) return null;
  if (!('file' in vector))
    return isCandidate(vector.inputs) && holdsExpected(vector, JSON.stringify(vector.outputs)) ? [] : null;
  const entry = manifest.files.find((file) => file.path === vector.file);
  if (!entry) return null;
  const bytes = await buffer(await readFile(client, entry.sha256, { signal }));
  const values = readVectorBytes(vector, bytes);
  if (!values || !isCandidate(readExactJson(new TextDecoder().decode(values.inputs)))) return null;
  const outputs = values.outputs instanceof Uint8Array ? values.outputs : writePlainOutputs(values.outputs);
  if (!holdsExpected(vector, new TextDecoder().decode(outputs))) return null;
  const source = join(directory, 'published-vector');
  await writeFile(source, bytes);
  return [{ path: vector.file, source }];
}
