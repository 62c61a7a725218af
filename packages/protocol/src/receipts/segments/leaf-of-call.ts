import { receiptBytes } from '../batches/receipt-bytes.ts';
import type { CallView } from './record-view.ts';
import type { SegmentView } from './view-segment.ts';

/** Behind the 0 of a leaf; what stands where is said by `encodeReceipt`. */
const receiptAt = 1;
const callerAt = receiptAt + 36;
const hashesAt = receiptAt + 56;

/**
 * Writes what the leaf of a call is the hash of, from where its parts stand in a segment: `encodeReceipt` without a receipt in
 * between. `request` is the hash of what its caller signed. False for a number that no receipt can have.
 */
export function writeLeafOfCall(
  into: LeafBytes,
  { bytes, words }: SegmentView,
  call: CallView,
  seq: number,
  request: Uint8Array | null,
): boolean {
  if (!Number.isSafeInteger(seq)) return false;
  const { leaf, view } = into;
  const run = words.runs[call.run]?.at ?? 0;
  const copy = (to: number, from: number, length = 32) => leaf.set(bytes.subarray(from, from + length), to);
  leaf.fill(0);
  leaf[receiptAt] = 3;
  leaf[receiptAt + 1] = call.outcome;
  leaf[receiptAt + 2] = call.auditClass;
  writeU64(view, receiptAt + 4, seq);
  writeU64(view, receiptAt + 12, call.startedAt);
  view.setUint32(receiptAt + 20, call.finishedAt - call.startedAt);
  view.setUint32(receiptAt + 24, call.units);
  view.setUint32(receiptAt + 28, call.tokensIn);
  view.setUint32(receiptAt + 32, call.tokensOut);
  if (call.signed) copy(callerAt, call.signed.caller, 20);
  copy(hashesAt, run);
  if (request) leaf.set(request, hashesAt + 32);
  else copy(hashesAt + 32, call.request);
  copy(hashesAt + 64, call.hashes, 96);
  copy(hashesAt + 160, run + 32);
  if (call.extra >= 0) copy(hashesAt + 192, call.extra);
  copy(hashesAt + 224, call.hashes + 96);
  return true;
}

export type LeafBytes = { leaf: Uint8Array; view: DataView };

/** Room for one leaf at a time. */
export function leafBytes(): LeafBytes {
  const leaf = new Uint8Array(receiptAt + receiptBytes);
  return { leaf, view: new DataView(leaf.buffer) };
}

function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value % 2 ** 32);
}
