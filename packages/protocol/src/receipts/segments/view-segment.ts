import { batchBytes } from '../batches/batch-bytes.ts';
import { largestBatch } from '../batches/batch-header.ts';
import { placesInBatch as places } from '../batches/hash-batch-bytes.ts';
import { batchMarks, leftOutBytes } from './record-format.ts';
import { type RecordView, viewRecord } from './record-view.ts';
import type { FailedCalls, WantedCalls } from './segment.ts';
import { readReport, reportBytes, type SegmentReport } from './segment-report.ts';
import { readSegmentHead, type SegmentWords } from './segment-words.ts';

/** A batch as it stands in a segment: its header from `at` on. */
export type BatchView = { at: number; end: number; first: number; count: number; records: RecordView[] };

/** The bytes of a segment and where everything in them stands. */
export type SegmentView = {
  bytes: Uint8Array;
  data: DataView;
  words: SegmentWords;
  failures: FailedCalls[];
  wanted: WantedCalls[];
  batches: BatchView[];
  /** Where its head ends, and where each batch stands; of one that was left out its hash. */
  end: number;
  places: { at: number; end: number; isLeftOut: boolean }[];
  /** Of version 2; `verifySegmentReport` looks at the signature. */
  report: SegmentReport | null;
};

/** What stands in these bytes, or null when they are no segment. No signature and no root is checked: `verifyFiledBatches` does. */
export function viewSegment(bytes: Uint8Array): SegmentView | null {
  const head = readSegmentHead(bytes);
  if (!head) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { words, failures, wanted, end } = head;
  const isMarked = words.version === 2;
  const batches: BatchView[] = [];
  const places: SegmentView['places'] = [];
  let at = end;
  while (places.length < head.count) {
    const mark = isMarked ? data.byteLength > at && data.getUint8(at) : batchMarks.here;
    if (isMarked) at++;
    if (mark === batchMarks.leftOut) {
      places.push({ at, end: at + leftOutBytes - 1, isLeftOut: true });
      at += leftOutBytes - 1;
      if (at > bytes.length) return null;
      continue;
    }
    const batch = mark === batchMarks.here ? viewBatch(data, at, words) : null;
    if (!batch) return null;
    batches.push(batch);
    places.push({ at, end: batch.end, isLeftOut: false });
    at = batch.end;
  }
  if (at + (isMarked ? reportBytes : 0) !== bytes.length) return null;
  return {
    bytes,
    data,
    words,
    failures,
    wanted,
    batches,
    end,
    places,
    report: isMarked ? readReport(bytes, at) : null,
  };
}

/** One batch, by its place as `walkSegment` says it: for whoever needs one of many. */
export function viewBatchAt(bytes: Uint8Array, at: number): SegmentView | null {
  const head = readSegmentHead(bytes);
  if (!head || at < head.end) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { words, failures, wanted, end } = head;
  const batch = viewBatch(data, at, words);
  return batch && { bytes, data, words, failures, wanted, batches: [batch], end, places: [], report: null };
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
