import { batchBytes } from '../batches/batch-bytes.ts';
import { largestBatch } from '../batches/batch-header.ts';
import { placesInBatch as places } from '../batches/hash-batch-bytes.ts';
import { type RecordView, viewRecord } from './record-view.ts';
import type { FailedCalls } from './segment.ts';
import { readSegmentHead, type SegmentWords } from './segment-words.ts';

/** A batch as it stands in a segment: its header from `at` on. */
export type BatchView = { at: number; end: number; first: number; count: number; records: RecordView[] };

/** The bytes of a segment and where everything in them stands. */
export type SegmentView = {
  bytes: Uint8Array;
  data: DataView;
  words: SegmentWords;
  failures: FailedCalls[];
  batches: BatchView[];
};

/** What stands in these bytes, or null when they are no segment. No signature and no root is checked: `verifyFiledBatches` does. */
export function viewSegment(bytes: Uint8Array): SegmentView | null {
  const head = readSegmentHead(bytes);
  if (!head) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batches: BatchView[] = [];
  let at = head.end;
  while (batches.length < head.count) {
    const batch = viewBatch(data, at, head.words);
    if (!batch) return null;
    batches.push(batch);
    at = batch.end;
  }
  return at === bytes.length ? { bytes, data, words: head.words, failures: head.failures, batches } : null;
}

/** One batch, by its place as `walkSegment` says it: for whoever needs one of many. */
export function viewBatchAt(bytes: Uint8Array, at: number): SegmentView | null {
  const head = readSegmentHead(bytes);
  if (!head || at < head.end) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batch = viewBatch(data, at, head.words);
  return batch && { bytes, data, words: head.words, failures: head.failures, batches: [batch] };
}

function viewBatch(data: DataView, at: number, words: SegmentWords): BatchView | null {
  if (at + batchBytes > data.byteLength) return null;
  const first = Number(data.getBigUint64(at + places.first));
  const count = data.getUint8(at + places.count);
  const signedAt = Number(data.getBigUint64(at + places.issuedAt));
  if (!Number.isSafeInteger(first) || count < 1 || count > largestBatch || signedAt > 8.64e15) return null;
  const records: RecordView[] = [];
  let end = at + batchBytes;
  while (records.length < count) {
    const record = viewRecord(data, end, signedAt, words);
    if (!record) return null;
    records.push(record);
    end = record.end;
  }
  return { at, end, first, count, records };
}
