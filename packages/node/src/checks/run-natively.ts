import type { NodeContext } from '../context.ts';
import type { Replica } from '../replicas/replica.ts';
import type { VectorOutcome } from './run-vector.ts';
import { runVectors } from './run-vectors.ts';

/** The longest one vector may run, milliseconds. A probe waits 20 s, so that slower ones are never reachable anyway. */
const longestVectorMs = 60_000;

/** The vectors on a loaded release, each within what a call may take. */
export function runNatively(
  { config, random }: Pick<NodeContext, 'config' | 'random'>,
  { model, release }: Replica,
  signal: AbortSignal,
): Promise<VectorOutcome[]> {
  const deadlineMs = Math.min(config.runMs, longestVectorMs);
  return runVectors(model, release, { salt: random(32), deadlineMs, signal });
}
