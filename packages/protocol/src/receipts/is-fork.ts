import { nodeOf, receiptId, type SignedReceipt, sessionOf } from './receipt.ts';
import { verifyReceipt } from './verify-receipt.ts';

/**
 * Two different receipts, both truly signed by the node, with one sequence number in one session. Those of version 1 are
 * all of one session, and none of version 2 or 3 is in it.
 */
export function isFork({ first, second }: { first: SignedReceipt; second: SignedReceipt }, node: string): boolean {
  if (nodeOf(first) !== node || nodeOf(second) !== node || first.seq !== second.seq) return false;
  if (first.version !== second.version || sessionOf(first) !== sessionOf(second)) return false;
  // Before the ids: of what no node can have signed there is none.
  if (!verifyReceipt(first, {}).ok || !verifyReceipt(second, {}).ok) return false;
  return receiptId(first) !== receiptId(second);
}
