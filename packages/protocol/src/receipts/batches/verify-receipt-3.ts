import { fromHex, toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import { UnsignableError } from '../../json/unsignable-error.ts';
import { rootOfInclusion } from '../../log/inclusion-proof.ts';
import { verifyBatch } from './batch-header.ts';
import { encodeReceipt, leafOfReceipt } from './receipt-bytes.ts';
import { isSignedExtra, type SignedReceipt3 } from './signed-receipt-3.ts';

export type Receipt3Verdict =
  | { ok: true; id: string; batch: string }
  | { ok: false; why: 'times' | 'extra' | 'seq' | 'path' | 'signature' };

/**
 * Whether the node of its batch signed this receipt: its bytes lead by the path to the root of the header, at the place
 * of its number. Says its id and the hash of the header.
 */
export function verifyReceipt3(receipt: SignedReceipt3): Receipt3Verdict {
  const { batch, seq, path } = receipt;
  if (!isSignedExtra(receipt)) return { ok: false, why: 'extra' };
  const index = seq - batch.first;
  if (index < 0 || index >= batch.count) return { ok: false, why: 'seq' };
  const leaf = leafOf(receipt);
  if (!leaf) return { ok: false, why: 'times' };
  const siblings = path.map((hash) => fromHex(hash) ?? new Uint8Array());
  const root = rootOfInclusion(index, batch.count, leaf, siblings, sha256);
  if (!root || toHex(root) !== batch.root) return { ok: false, why: 'path' };
  const header = verifyBatch(batch);
  return header ? { ok: true, id: toHex(leaf), batch: header } : { ok: false, why: 'signature' };
}

/** Null for values that no node can have signed. */
export function leafOf(receipt: SignedReceipt3): Uint8Array | null {
  try {
    return leafOfReceipt(encodeReceipt(receipt));
  } catch (error) {
    if (error instanceof UnsignableError || error instanceof RangeError) return null;
    throw error;
  }
}
