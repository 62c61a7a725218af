import { join } from 'node:path';
import { readSmallBytes } from '@callable/disk';
import { formatTable } from '@callable/formats';
import {
  expectOutputs,
  judgeVector,
  longestVectorBytes,
  type Manifest,
  provesOnlySignature,
  readVectorBytes,
  signatureSentence,
  type Vector,
} from '@callable/protocol';
import type { ReleaseOnDisk } from '@callable/runtime';
import type { CliContext } from '../context/cli-context.ts';
import { type LocalModel, loadLocally } from '../models/load-locally.ts';
import { checked, type Finding, failed } from './finding.ts';

/**
 * The reader's own run: every vector must pass on this machine, in a process of its own. `directory` is for what that
 * needs on disk. Believes nobody but this machine.
 */
export async function runOwn(
  { signal }: Pick<CliContext, 'signal'>,
  release: ReleaseOnDisk,
  directory: string,
): Promise<Finding[]> {
  const what = 'own run';
  const { manifest } = release;
  const { vectors, ...draft } = manifest;
  const loose = await findTooLoose(release, signal);
  if (loose !== null) return [failed(what, loose)];
  const files = manifest.files.map(({ path }) => ({ path, source: join(release.directory, path) }));
  const loaded = await loadLocally(files, draft, [], { directory, signal }).catch((error: Error) => error.message);
  if (typeof loaded === 'string') return [failed(what, loaded)];
  await using model = loaded;
  for (const vector of vectors) {
    const trouble = await runVector(model, manifest, vector, release.directory);
    if (trouble) return [failed(what, `Vector ${JSON.stringify(vector.name)}: ${trouble}`)];
  }
  const proof = provesOnlySignature(manifest) ? ` ${signatureSentence}` : '';
  return [checked(what, `All ${vectors.length} vectors passed on this machine.${proof}`)];
}

/** A release of which nothing is compared though its answers could be proves nothing. */
async function findTooLoose(release: ReleaseOnDisk, signal: AbortSignal): Promise<string | null> {
  const loose = release.manifest.vectors.find(({ checks }) => checks === 'signature');
  if (!loose) return null;
  const { inspectRelease } = await import('@callable/runtime');
  const inspection = await inspectRelease(formatTable, release, signal);
  if (!inspection.ok) return inspection.message;
  return inspection.summary.flags.random
    ? null
    : `Vector ${JSON.stringify(loose.name)} compares no values, though nothing in the model draws at random.`;
}

async function runVector(
  model: LocalModel,
  manifest: Manifest,
  vector: Vector,
  directory: string,
): Promise<string | null> {
  const file = 'file' in vector ? await readSmallBytes(join(directory, vector.file), longestVectorBytes) : null;
  const values = readVectorBytes(vector, file);
  if (!values) return 'Its file holds no inputs and outputs.';
  const expected = expectOutputs(manifest.outputs, values);
  if (typeof expected === 'string') return expected;
  const answer = await model.run(new TextDecoder().decode(values.inputs)).catch((error: Error) => error);
  if (answer instanceof Error) return answer.message;
  return judgeVector(expected, new TextEncoder().encode(answer.outputs)).message;
}
