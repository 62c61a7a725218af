import { fromHex, toHex } from '../../bytes/hex.ts';
import { recoverHashSigner } from '../../keys/recover-signer.ts';
import type { MerkleHash } from '../../log/merkle-hash.ts';
import { verifyBatch } from '../batches/batch-header.ts';
import { growBatchTree } from '../batches/batch-tree.ts';
import { encodeReceipt, leafOfReceipt } from '../batches/receipt-bytes.ts';
import type { BatchOfCalls, CallRecord } from './segment.ts';

export type BatchVerdict =
  | { ok: true; id: string; leaves: MerkleHash[] }
  | { ok: false; why: 'count' | 'receipt' | 'root' | 'signature' | 'caller' };

/**
 * Whether a batch is the node's own and these are its receipts, and whether each caller that is named signed its request.
 * Says the hash of the header and the leaves.
 */
export function verifyBatchOfCalls({ batch, records }: BatchOfCalls): BatchVerdict {
  if (records.length !== batch.count) return { ok: false, why: 'count' };
  const leaves: MerkleHash[] = [];
  for (const record of records) {
    const leaf = record.kind === 'hash' ? record.leaf : leafOfCall(record);
    if (!leaf) return { ok: false, why: 'receipt' };
    leaves.push(leaf);
  }
  if (toHex(growBatchTree(leaves).root) !== batch.root) return { ok: false, why: 'root' };
  const id = verifyBatch(batch);
  if (!id) return { ok: false, why: 'signature' };
  return records.every(isByCaller) ? { ok: true, id, leaves } : { ok: false, why: 'caller' };
}

function leafOfCall({ receipt }: Extract<CallRecord, { kind: 'call' }>): MerkleHash | null {
  try {
    return leafOfReceipt(encodeReceipt(receipt));
  } catch {
    return null;
  }
}

/** A caller that did not sign is nobody. */
function isByCaller(record: CallRecord): boolean {
  if (record.kind === 'hash' || !record.request) return true;
  const hash = fromHex(record.receipt.request);
  return hash !== null && recoverHashSigner(hash, record.request.signature) === record.receipt.caller;
}
