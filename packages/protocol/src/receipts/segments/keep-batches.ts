import { ByteWriter } from '../../bytes/byte-writer.ts';
import { sha256 } from '../../bytes/sha256.ts';
import type { HashBytes } from '../../log/merkle-hash.ts';
import { batchMarks } from './record-format.ts';
import { reportBytes } from './segment-report.ts';
import type { SegmentView } from './view-segment.ts';

/** A segment of the batches at these places alone. In version 2 the hash of each other one stays, and the gateway's signature holds. */
export function keepBatches(
  { bytes, words: { version }, end, places }: SegmentView,
  kept: ReadonlySet<number>,
  hash: HashBytes = sha256,
): Uint8Array {
  const to = new ByteWriter(bytes.length);
  to.raw(bytes.subarray(0, version === 1 ? end - 4 : end));
  if (version === 1) to.u32(kept.size);
  for (const { at, end: last, isLeftOut } of places) {
    const isKept = kept.has(at);
    if (version === 2) to.u8(isKept ? batchMarks.here : batchMarks.leftOut);
    if (isKept) to.raw(bytes.subarray(at, last));
    else if (version === 2) to.raw(isLeftOut ? bytes.subarray(at, last) : hash(bytes.subarray(at, last)));
  }
  if (version === 2) to.raw(bytes.subarray(bytes.length - reportBytes));
  return to.finish();
}
