import { receiptId, type SignedReceipt } from './receipt.ts';
import { verifyReceipt } from './verify-receipt.ts';

/** Two different receipts, both truly signed by the node, with one sequence number. */
export function isFork({ first, second }: { first: SignedReceipt; second: SignedReceipt }, node: string): boolean {
  if (first.node !== node || second.node !== node || first.seq !== second.seq) return false;
  if (receiptId(first) === receiptId(second)) return false;
  return verifyReceipt(first, {}).ok && verifyReceipt(second, {}).ok;
}
