import {
  type Address,
  ByteReader,
  batchBytes,
  fromHex,
  readBatch,
  type SignedBatch,
  verifyBatch,
  walkSegment,
} from '@callable/protocol';
import type { SoundBatch } from './group-runs.ts';
import { type Place, readPlace } from './place.ts';

export type Comparison = {
  /** Numbers of first receipts of batches that are filed already. */
  known: number[];
  /** Numbers of first receipts of batches that overlap another one. */
  forking: number[];
  /** The proof of the first of those. */
  fork: { first: SignedBatch; second: SignedBatch } | null;
  /** Places that hold no segment any more: what they hold cannot be compared. */
  lost: number;
};

/** Holds the batches of a run against those of the same session that are filed at these places. */
export function compareRun(batches: readonly SoundBatch[], places: readonly Place[]): Comparison {
  const found: Comparison = { known: [], forking: [], fork: null, lost: 0 };
  const one = batches[0]?.batch;
  if (!one) return found;
  const filed: SignedBatch[] = [];
  for (const place of places) {
    const headers = readHeaders(place, one);
    if (headers) filed.push(...headers);
    else found.lost++;
  }
  for (const { batch, id } of batches) {
    const overlapping = filed.filter(
      ({ first, count }) => first < batch.first + batch.count && batch.first < first + count,
    );
    if (overlapping.length === 0) continue;
    if (overlapping.some((other) => verifyBatch(other) === id)) found.known.push(batch.first);
    else {
      found.forking.push(batch.first);
      found.fork ??= { first: overlapping[0] as SignedBatch, second: batch };
    }
  }
  return found;
}

/** The headers of a session in a segment. */
function readHeaders(place: Place, { node, session }: { node: Address; session: string }): SignedBatch[] | null {
  const bytes = readPlace(place);
  const places = bytes && walkSegment(bytes);
  if (!bytes || !places) return null;
  const wanted = Buffer.concat([fromHex(node.slice(2)) ?? new Uint8Array(), fromHex(session) ?? new Uint8Array()]);
  return places
    .map(({ at }) => bytes.subarray(at, at + batchBytes))
    .filter((header) => wanted.equals(header.subarray(0, wanted.length)))
    .flatMap((header) => readBatch(new ByteReader(header)) ?? []);
}
