import { CallableError, type Digest, findReason, type ReasonCode } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { readManifest } from '../releases/read-manifest.ts';

/** Brings a release here and loads it, so that the next call is answered at once. Throws why that is not possible. */
export async function warmRelease(
  context: Pick<NodeContext, 'cache' | 'config' | 'formats' | 'hub' | 'replicas' | 'quarantine'>,
  digest: Digest,
  signal: AbortSignal,
): Promise<void> {
  const manifest = await readManifest(context, digest, signal);
  const release = await context.cache.fetch(digest, manifest, signal);
  const quarantined = context.quarantine.reasonOf(digest);
  if (quarantined) throw new CallableError('Quarantined', quarantined);
  const outcome = await context.replicas.obtain(release, signal);
  if (outcome.ok) return;
  const { reason, message } = outcome;
  throw new CallableError(findReason(reason) ? (reason as ReasonCode) : 'LoadFailed', message);
}
