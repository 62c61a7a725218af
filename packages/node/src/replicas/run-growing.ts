import type { RunVerdict } from '@callable/runtime';
import type { ReplicaSet } from './create-replica-set.ts';
import type { Replica } from './replica.ts';

/**
 * Runs a call, and once more where it ran out of memory and the model may have more: an example says little of what a
 * larger picture takes. `origin` is the network of the caller, whose share of growth it is.
 */
export async function runGrowing(
  replicas: Pick<ReplicaSet, 'grow'>,
  replica: Replica,
  origin: string,
  run: () => Promise<RunVerdict>,
): Promise<RunVerdict> {
  const { limitBytes } = replica;
  const verdict = await run();
  if (verdict.ok || verdict.kind !== 'model' || verdict.reason !== 'OutOfMemory') return verdict;
  // Another call may have made it grow meanwhile.
  const hasMore = replica.limitBytes > limitBytes || (await replicas.grow(replica, origin));
  return hasMore && replica.alive ? run() : verdict;
}
