import { endWithin, type ManifestFile } from '@callable/protocol';
import { AggregatorStanding, chunkOf, raceAggregators } from '@callable/storage';
import type { HubContext } from '../context.ts';
import type { ChunkSource } from './chunk-source.ts';

/** Silence of an aggregator, a whole chunk from all of them, and how soon a second is asked too, milliseconds. */
const idleMs = 10_000;
const patienceMs = 60_000;
const hedgeMs = 1500;

/** The file on Walrus; null when no aggregator is configured, or not all of its blob IDs have been computed. */
export async function findWalrusSource(
  ctx: Pick<HubContext, 'db' | 'clock' | 'fetch' | 'config'>,
  file: ManifestFile,
): Promise<ChunkSource | null> {
  const { aggregators } = ctx.config;
  if (aggregators.length === 0) return null;
  const rows = await ctx.db
    .selectFrom('walrus_part')
    .select(['blob_id', 'size'])
    .where('sha256', '=', file.sha256)
    .orderBy('offset')
    .execute();
  const parts = rows.map((row) => ({ blobId: row.blob_id, size: row.size, endEpoch: null }));
  if (parts.reduce((sum, part) => sum + part.size, 0) !== file.size) return null;
  const entry = { size: file.size, chunks: file.chunks, parts };
  const standing = new AggregatorStanding(aggregators, ctx.clock);
  return {
    name: 'Walrus',
    take(index, signal) {
      // An aggregator that sends a byte now and then is never silent.
      const overall = endWithin(patienceMs, signal);
      return raceAggregators({ fetch: ctx.fetch, idleMs, hedgeMs }, standing, chunkOf(entry, index), {
        signal: overall,
      });
    },
  };
}
