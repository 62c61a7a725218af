import { receiptId, type SignedReceipt, sessionOf } from './receipt.ts';
import { verifyReceipt } from './verify-receipt.ts';

/**
 * Two different receipts, both truly signed by the node, with one sequence number in one session. Those of version 1 are
 * all of one session, and none of version 2 is in it.
 */
export function isFork({ first, second }: { first: SignedReceipt; second: SignedReceipt }, node: string): boolean {
  if (first.node !== node || second.node !== node || first.seq !== second.seq) return false;
  if (first.version !== second.version || sessionOf(first) !== sessionOf(second)) return false;
  if (receiptId(first) === receiptId(second)) return false;
  return verifyReceipt(first, {}).ok && verifyReceipt(second, {}).ok;
}
