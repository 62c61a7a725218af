import { fromHex, toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import { rootOfInclusion } from '../../log/inclusion-proof.ts';
import { verifyBatch } from './batch-header.ts';
import type { SignedReceipt3 } from './signed-receipt-3.ts';
import { leafOf } from './verify-receipt-3.ts';

/** Whether a receipt stands under a header of the node at another place than its number says: proof against it alone. */
export function isMisplaced(receipt: SignedReceipt3, index: number, node: string): boolean {
  const { batch, seq, path } = receipt;
  if (batch.node !== node || seq === batch.first + index) return false;
  const leaf = leafOf(receipt);
  const siblings = path.map((hash) => fromHex(hash) ?? new Uint8Array());
  const root = leaf && rootOfInclusion(index, batch.count, leaf, siblings, sha256);
  return root !== null && toHex(root) === batch.root && verifyBatch(batch) !== null;
}
