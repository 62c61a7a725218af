import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';

/** Before each segment in a file: its length. */
export const segmentPrefix = 4;

/**
 * The file `receipts/<index>` beside the log, of a `receipts.batched` statement that names its calls: segments as they came,
 * each behind its length. The headers in it, in their order, are the leaves of the statement.
 */
export function joinSegments(segments: readonly Uint8Array[]): Uint8Array {
  const file = new ByteWriter();
  for (const segment of segments) {
    file.u32(segment.length);
    file.raw(segment);
  }
  return file.finish();
}

/** The segments in such a file, views of its bytes; null when it does not end with one. What they hold is not looked at. */
export function splitSegments(file: Uint8Array): Uint8Array[] | null {
  const from = new ByteReader(file);
  const segments: Uint8Array[] = [];
  while (from.left > 0) {
    const length = from.u32();
    if (length > from.left) return null;
    segments.push(from.raw(length));
    if (from.failed) return null;
  }
  return segments;
}
