import { fromHex } from '../bytes/hex.ts';
import { sha256 } from '../bytes/sha256.ts';

const label = new TextEncoder().encode('callable.audit/v1\0');
const rootAt = label.length;
const idAt = rootAt + 32;

/**
 * Whether a receipt is audited, by the root of the first published checkpoint that covers it:
 * `uint64(sha256("callable.audit/v1\0" ‖ root ‖ id)) / 2^64 < share`, big-endian. The node signed before that root was
 * there, so it cannot choose which of its answers are run again; and who knows the log can tell that the hub did not.
 * `id` is the receipt's, or that of a statement without its `sha256:`; 64 hex digits.
 */
export function isDrawnForAudit(root: Uint8Array, id: string, share: number): boolean {
  return drawForAudit(root)(fromHex(id) ?? new Uint8Array(0), share);
}

/** The same of many receipts, by the bytes of their ids. */
export function drawForAudit(root: Uint8Array): (id: Uint8Array, share: number) => boolean {
  const bytes = new Uint8Array(idAt + 32);
  bytes.set(label);
  bytes.set(root, rootAt);
  return (id, share) => {
    bytes.set(id, idAt);
    const hash = sha256(bytes.subarray(0, idAt + id.length));
    const value = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
    // In whole numbers: as a double the largest value would be 1, and a share of 1 would leave it out.
    return value < BigInt(Math.ceil(share * 2 ** 64));
  };
}
