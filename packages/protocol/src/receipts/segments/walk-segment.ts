import { batchBytes } from '../batches/batch-bytes.ts';
import { placesInBatch } from '../batches/hash-batch-bytes.ts';
import { batchMarks, leftOutBytes, segmentMagic, segmentVersion, tagBytes, wantedBytes } from './record-format.ts';
import { recordBytes } from './record-view.ts';
import { reportBytes } from './segment-report.ts';

/** Where a batch stands in a segment: its header from `at` on, its records up to `end`. */
export type PlacedBatch = { at: number; end: number; count: number };

/**
 * The places of all batches that are in the bytes of a segment, or null when they are no segment. No value is read and nothing is
 * copied: a tenth of what `decodeSegment` costs, for whoever needs a few of many.
 */
export function walkSegment(bytes: Uint8Array): PlacedBatch[] | null {
  const version = segmentVersion(bytes);
  if (version === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    let at = segmentMagic(version).length;
    let texts = view.getUint16(at);
    for (at += 2; texts > 0; texts--) at += 2 + view.getUint16(at);
    at += 2 + 64 * view.getUint16(at);
    if (version === 2) at += 2 + tagBytes * view.getUint16(at);
    at += 2 + 44 * view.getUint16(at);
    if (version === 2) at += 2 + wantedBytes * view.getUint16(at);
    let left = view.getUint32(at);
    at += 4;
    const places: PlacedBatch[] = [];
    for (; left > 0; left--) {
      if (version === 2 && view.getUint8(at) === batchMarks.leftOut) {
        at += leftOutBytes;
        continue;
      }
      if (version === 2) at++;
      const batch = { at, end: 0, count: view.getUint8(at + placesInBatch.count) };
      at += batchBytes;
      for (let records = batch.count; records > 0; records--) at += recordBytes(view.getUint8(at), version);
      if (at > bytes.length) return null;
      batch.end = at;
      places.push(batch);
    }
    return at + (version === 2 ? reportBytes : 0) === bytes.length ? places : null;
  } catch (error) {
    // Beyond the end.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
