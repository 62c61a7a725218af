import {
  type Address,
  batchNodeAt,
  type Digest,
  decodeBatch,
  drawForAudit,
  fromHex,
  growBatchTree,
  hashLeaves,
  receiptOfBatch,
  type SignedReceipt3,
  splitSegments,
  toHex,
  verifyBatch,
  viewSegment,
} from '@callable/protocol';
import { hashBytes } from '../../log/directory/hash-bytes.ts';
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
  const shareOf = new Map<string, number>(shares);
  const isDrawn = drawForAudit(fromHex(root) ?? new Uint8Array());
  const drawn: DrawnReceipt[] = [];
  for (const bytes of segments) {
    const segment = viewSegment(bytes);
    const leavesOf = segment && hashLeaves(segment, hashBytes);
    for (const batch of segment?.batches ?? []) {
      const node = batchNodeAt(bytes, batch.at);
      const share = shareOf.get(node) ?? 0;
      const leaves = share > 0 ? leavesOf?.(batch) : null;
      // Only what is drawn is read: one of a hundred.
      const chosen = leaves?.flatMap((leaf, index) => {
        const record = batch.records[index];
        // Of a bare hash nobody knows what was answered.
        if (record?.kind !== 'call' || record.outcome !== 0 || record.finishedAt <= after) return [];
        return isDrawn(leaf, share) ? [index] : [];
      });
      if (!leaves || !chosen?.length) continue;
      const decoded = decodeBatch(bytes, batch.at);
      // attack: the node would be asked about a receipt that nobody can verify, and the auditor would find it wrong.
      if (!decoded || !verifyBatch(decoded.batch)) continue;
      const tree = growBatchTree(leaves);
      for (const index of chosen) {
        const record = decoded.records[index];
        if (record?.kind !== 'call') continue;
        const { receipt } = record;
        const signed = receiptOfBatch(receipt, decoded.batch, tree);
        const release = `sha256:${receipt.release}` as Digest;
        drawn.push({ id: toHex(leaves[index] as Uint8Array), node, release, receipt: signed });
      }
    }
  }
  return drawn;
}
