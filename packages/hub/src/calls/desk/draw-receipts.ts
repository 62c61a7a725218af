import {
  type Address,
  type Digest,
  decodeSegment,
  fromHex,
  growBatchTree,
  isDrawnForAudit,
  receiptOfBatch,
  type SignedReceipt3,
  splitSegments,
  toHex,
} from '@callable/protocol';
import { leafOf } from './find-receipt.ts';
import { readWhole } from './place.ts';

export type Draw = {
  path: string;
  /** Root of the checkpoint that covers the file. */
  root: string;
  /** At what share the answers of a node are run again. */
  shares: readonly [Address, number][];
  /** Older answers are kept by nobody. */
  after: number;
};

export type DrawnReceipt = { id: string; node: Address; release: Digest; receipt: SignedReceipt3 };

/** Draws among the receipts of a file beside the log; null when it is not there or holds something else. */
export function drawReceipts({ path, root, shares, after }: Draw): DrawnReceipt[] | null {
  const file = readWhole(path);
  const segments = file && splitSegments(file);
  if (!segments) return null;
  const shareOf = new Map(shares);
  const rootBytes = fromHex(root) ?? new Uint8Array();
  const drawn: DrawnReceipt[] = [];
  for (const segment of segments)
    for (const { batch, records } of decodeSegment(segment)?.batches ?? []) {
      const share = shareOf.get(batch.node) ?? 0;
      if (share === 0) continue;
      const leaves = records.map(leafOf);
      for (const [index, record] of records.entries()) {
        // Of a bare hash nobody knows what was answered.
        if (record.kind === 'hash' || record.receipt.end !== 0 || record.receipt.finishedAt <= after) continue;
        const id = toHex(leaves[index] as Uint8Array);
        if (!isDrawnForAudit(rootBytes, id, share)) continue;
        const { receipt } = record;
        const signed = receiptOfBatch(receipt, batch, growBatchTree(leaves));
        drawn.push({ id, node: batch.node, release: `sha256:${receipt.release}` as Digest, receipt: signed });
      }
    }
  return drawn;
}
