import { type SignedBatch, verifyBatch } from './batch-header.ts';

/**
 * Two different headers that the node signed, of one session, whose numbers overlap: proof against it without a leaf of
 * anybody.
 */
export function isBatchFork({ first, second }: { first: SignedBatch; second: SignedBatch }, node: string): boolean {
  if (first.node !== node || second.node !== node || first.session !== second.session) return false;
  const isApart = first.first + first.count <= second.first || second.first + second.count <= first.first;
  if (isApart) return false;
  const [one, other] = [verifyBatch(first), verifyBatch(second)];
  return one !== null && other !== null && one !== other;
}
