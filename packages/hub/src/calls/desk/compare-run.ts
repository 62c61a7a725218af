import {
  type Address,
  ByteReader,
  batchBytes,
  fromHex,
  hashBatchBytes,
  isBatchFork,
  readBatch,
  type SignedBatch,
  toHex,
  walkSegment,
} from '@callable/protocol';
import type { SoundBatch } from './group-runs.ts';
import { type Place, readPlace } from './place.ts';

export type Comparison = {
  /** Numbers of first receipts of batches that are filed already. */
  known: number[];
  /** Numbers of first receipts of batches that overlap another one. */
  forking: number[];
  /** The first of those that is proven: both are signed, which of what a later header covers nobody can say. */
  fork: { first: SignedBatch; second: SignedBatch } | null;
  /** Places that hold no segment any more: what they hold cannot be compared. */
  lost: number;
};

/** Holds the batches of a run against those of the same session that are filed at these places. */
export function compareRun(batches: readonly SoundBatch[], places: readonly Place[]): Comparison {
  const found: Comparison = { known: [], forking: [], fork: null, lost: 0 };
  const one = batches[0]?.batch;
  if (!one) return found;
  const filed: FiledHeader[] = [];
  for (const place of places) {
    const headers = readHeaders(place, one);
    if (headers) filed.push(...headers);
    else found.lost++;
  }
  for (const { batch, id } of batches) {
    const overlapping = filed.filter(
      ({ header: { first, count } }) => first < batch.first + batch.count && batch.first < first + count,
    );
    if (overlapping.length === 0) continue;
    // Whose headers these are was judged when they were filed.
    if (overlapping.some((other) => other.id === id)) found.known.push(batch.first);
    else {
      found.forking.push(batch.first);
      const forks = found.fork ? [] : overlapping.map(({ header: first }) => ({ first, second: batch }));
      found.fork ??= forks.find((fork) => isBatchFork(fork, batch.node)) ?? null;
    }
  }
  return found;
}

type FiledHeader = { header: SignedBatch; id: string };

/** The headers of a session in a segment. */
function readHeaders(place: Place, { node, session }: { node: Address; session: string }): FiledHeader[] | null {
  const bytes = readPlace(place);
  const places = bytes && walkSegment(bytes);
  if (!bytes || !places) return null;
  const wanted = Buffer.concat([fromHex(node.slice(2)) ?? new Uint8Array(), fromHex(session) ?? new Uint8Array()]);
  return places
    .map(({ at }) => bytes.subarray(at, at + batchBytes))
    .filter((header) => wanted.equals(header.subarray(0, wanted.length)))
    .flatMap((bytes) => {
      const header = readBatch(new ByteReader(bytes));
      return header ? [{ header, id: toHex(hashBatchBytes(bytes, 0)) }] : [];
    });
}
