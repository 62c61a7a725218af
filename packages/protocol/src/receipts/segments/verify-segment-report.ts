import { sha256 } from '../../bytes/sha256.ts';
import type { HashBytes } from '../../log/merkle-hash.ts';
import { isReportOf } from './segment-report.ts';
import type { SegmentView } from './view-segment.ts';

/**
 * Whether the gateway that a segment of version 2 names signed all of it: tags and failures too. False in version 1, which nobody
 * signed. What the hub left out is known by its hash.
 */
export function verifySegmentReport({ bytes, end, places, report }: SegmentView, hash: HashBytes = sha256): boolean {
  if (!report) return false;
  const batches = new Uint8Array(32 * places.length);
  for (const [index, { at, end: last, isLeftOut }] of places.entries())
    batches.set(isLeftOut ? bytes.subarray(at, last) : hash(bytes.subarray(at, last)), 32 * index);
  return isReportOf(report, { head: bytes.subarray(0, end), batches }, hash);
}
