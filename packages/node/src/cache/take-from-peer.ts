import { fetchFromPeer, SourceFailure } from '@callable/http/peers';
import { chunkBytes } from '@callable/protocol';
import type { FetchParts } from './fetch-parts.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { chunkLengthOf, type PartialFile } from './partial-file.ts';

const lookAgainMs = 250;

/**
 * One lane that takes chunks from peers until all are here. Nothing a peer does ends the fetch: who sends wrong bytes
 * is dropped at once and reported, who fails again and again is dropped, and what nobody sends comes from the hub.
 */
export async function takeFromPeer(
  { refute }: Pick<FetchParts, 'refute'>,
  { scope }: Pick<NonNullable<FetchParts['swarm']>, 'scope'>,
  plan: FetchPlan,
  partial: PartialFile,
  ended: AbortSignal,
): Promise<void> {
  const { file, have } = plan;
  let buffer: Buffer | null = null;
  while (!have.isFull) {
    ended.throwIfAborted();
    const flight = plan.takeFromPeer();
    if (!flight) {
      await plan.nextChange(lookAgainMs);
      continue;
    }
    const { index, source: peer, overtaken } = flight;
    buffer ??= Buffer.allocUnsafeSlow(Math.min(chunkBytes, file.size));
    const chunk = buffer.subarray(0, chunkLengthOf(file, index));
    try {
      const signal = AbortSignal.any([ended, overtaken]);
      const got = await fetchFromPeer({ url: peer.url, scope, sha256: file.sha256, index, into: chunk, signal });
      if (got === file.chunks[index]) await partial.keep(index, chunk, got);
      else {
        plan.blamePeer(peer, 'lied', index);
        refute({ source: { node: peer.node, url: peer.url }, file: file.sha256, chunk: index, got });
      }
    } catch (error) {
      ended.throwIfAborted();
      if (error instanceof SourceFailure) plan.blamePeer(peer, error.kind, index);
      else if (!overtaken.aborted) throw error;
    } finally {
      plan.end(flight);
    }
  }
}
