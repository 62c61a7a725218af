import type { LoadedModel } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import { mayPass } from './may-pass.ts';
import { runVector, type VectorOptions, type VectorOutcome } from './run-vector.ts';

/** All vectors of a release, in order. */
export async function runVectors(
  model: LoadedModel,
  release: CachedRelease,
  options: VectorOptions,
): Promise<VectorOutcome[]> {
  const outcomes: VectorOutcome[] = [];
  for (const vector of release.manifest.vectors) {
    const outcome = await runVector(model, release, vector, options);
    outcomes.push(outcome);
    // After a timeout or a crash there is no process left for the others.
    if (outcome.failure && mayPass(outcome.failure.reason)) break;
  }
  return outcomes;
}
