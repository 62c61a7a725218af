import { SourceFailure } from '@callable/http/peers';
import { chunkBytes } from '@callable/protocol';
import { fetchFromAggregator } from '../sources/fetch-from-aggregator.ts';
import type { BlobPlace } from '../sources/locate-blobs.ts';
import type { FetchParts } from './fetch-parts.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { chunkLengthOf, type PartialFile } from './partial-file.ts';

const lookAgainMs = 250;

/**
 * One lane that takes chunks from Walrus aggregators until all are here, or no aggregator is left. Nothing they do ends
 * the fetch: who sends wrong bytes is dropped at once and reported, who fails again and again is dropped.
 */
export async function takeFromAggregator(
  { refute }: Pick<FetchParts, 'refute'>,
  placeOf: (index: number) => BlobPlace,
  plan: FetchPlan,
  partial: PartialFile,
  ended: AbortSignal,
): Promise<void> {
  const { file, have } = plan;
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, file.size));
  while (!have.isFull && plan.aggregators.length > 0) {
    ended.throwIfAborted();
    const flight = plan.takeFromAggregator();
    if (!flight) {
      await plan.nextChange(lookAgainMs);
      continue;
    }
    const { index, source, overtaken } = flight;
    const chunk = buffer.subarray(0, chunkLengthOf(file, index));
    try {
      const signal = AbortSignal.any([ended, overtaken]);
      const isAgain = source.failures > 0;
      const wanted = { url: source.url, ...placeOf(index), isAgain, into: chunk, signal, onPiece: () => plan.heard() };
      const got = await fetchFromAggregator(wanted);
      if (got === file.chunks[index]) await partial.keep(index, chunk, got);
      else {
        plan.blameAggregator(source, 'lied');
        refute({ source: { node: null, url: source.url }, file: file.sha256, chunk: index, got });
      }
    } catch (error) {
      ended.throwIfAborted();
      if (error instanceof SourceFailure) plan.blameAggregator(source, error.kind);
      else if (!overtaken.aborted) throw error;
    } finally {
      plan.end(flight);
    }
  }
}
