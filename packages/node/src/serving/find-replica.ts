import { CallableError, type CallSignal, type Digest, findReason, type ReasonCode } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { Replica } from '../replicas/replica.ts';
import type { ServingContext } from './serving-context.ts';

/**
 * The process that answers for a release, at once where it is loaded, started now when only its files are here.
 * Throws, or rejects with, NoNodeHoldsModel, Quarantined, NodeBusy, NoNodeFits, or why it cannot be loaded.
 */
export function findReplica(context: ServingContext, digest: Digest, signal: CallSignal): Replica | Promise<Replica> {
  const { cache, demand, replicas, quarantine } = context;
  const release = cache.find(digest);
  if (!release) throw new CallableError('NoNodeHoldsModel', 'This node does not hold the release.');
  const reason = quarantine.reasonOf(digest);
  if (reason) throw new CallableError('Quarantined', `This node does not run the release: ${reason}`);
  demand.record(digest);
  return replicas.find(digest) ?? load(replicas, release, signal);
}

async function load(
  replicas: ServingContext['replicas'],
  release: CachedRelease,
  signal: CallSignal,
): Promise<Replica> {
  const outcome = await replicas.obtain(release, signal);
  if (outcome.ok) return outcome.replica;
  throw new CallableError(asReason(outcome.reason), outcome.message);
}

const asReason = (word: string): ReasonCode => (findReason(word) ? (word as ReasonCode) : 'LoadFailed');
