import type { Tensor } from '@callable/protocol';
import { runTensors } from '@callable/runtime';
import type { Replica } from '../replicas/replica.ts';

/** Loading again may take as long as loading did, on a machine that has become busier. */
const longestMs = 120_000;

/**
 * After a check that killed the process: waits until its successor answers, so that the first call does not have to,
 * and forgets the death. It was this node's doing; callers have not hurt the model yet.
 */
export async function reviveModel(
  replica: Replica,
  example: readonly Tensor[] | null,
  salt: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (replica.model.deaths === 0 || !example) return;
  await runTensors(replica.model, example, { salt, deadlineMs: longestMs, signal });
  replica.deathsCounted = replica.model.deaths;
}
