import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex } from '../bytes/hex.ts';

/**
 * Whether a receipt is audited, by the root of the first published checkpoint that covers it:
 * `uint64(sha256("callable.audit/v1\0" ‖ root ‖ id)) / 2^64 < share`, big-endian. The node signed before that root was
 * there, so it cannot choose which of its answers are run again; and who knows the log can tell that the hub did not.
 * `id` is the receipt's, or that of a statement without its `sha256:`; 64 hex digits.
 */
export function isDrawnForAudit(root: Uint8Array, id: string, share: number): boolean {
  const label = new TextEncoder().encode('callable.audit/v1\0');
  const hash = sha256
    .create()
    .update(label)
    .update(root)
    .update(fromHex(id) ?? new Uint8Array(0))
    .digest();
  const value = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
  // In whole numbers: as a double the largest value would be 1, and a share of 1 would leave it out.
  return value < BigInt(Math.ceil(share * 2 ** 64));
}
