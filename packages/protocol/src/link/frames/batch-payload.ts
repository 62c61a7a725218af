import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { readBatch, writeBatch } from '../../receipts/batches/batch-bytes.ts';
import type { SignedBatch } from '../../receipts/batches/batch-header.ts';
import { receiptBytes } from '../../receipts/batches/receipt-bytes.ts';

/** A batch as it crosses a link: its header, then for each receipt in order the stream it is for and its bytes. */
export type BatchPayload = { batch: SignedBatch; receipts: readonly { stream: number; bytes: Uint8Array }[] };

export function encodeBatchPayload({ batch, receipts }: BatchPayload): Uint8Array {
  const to = new ByteWriter();
  writeBatch(to, batch);
  for (const { stream, bytes } of receipts) {
    to.u32(stream);
    to.raw(bytes);
  }
  return to.finish();
}

/** Null where the bytes are no header with as many receipts as it counts. Nothing else is checked. */
export function decodeBatchPayload(payload: Uint8Array): BatchPayload | null {
  const from = new ByteReader(payload);
  const batch = readBatch(from);
  if (!batch || from.left !== batch.count * (4 + receiptBytes)) return null;
  const receipts = Array.from({ length: batch.count }, () => ({ stream: from.u32(), bytes: from.raw(receiptBytes) }));
  return { batch, receipts };
}
