import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { hashSignable, recoverHashSigner } from '../keys/recover-signer.ts';
import { receiptStruct, type SignedReceipt } from './receipt.ts';

/** What whoever passes the answer on knows of the call by itself; fields left out are not compared. */
export type ExpectedCall = {
  node?: Address;
  caller?: Address;
  release?: string;
  request?: string;
  nonce?: string;
  response?: string;
};

export type ReceiptVerdict =
  | { ok: true; id: string }
  | { ok: false; reason: 'ReceiptInvalid'; field: keyof ExpectedCall | 'signature' | 'times' };

/**
 * Whether a receipt is the node's own and tells of this call: another model's answer, another caller's receipt or
 * an old one replayed all differ in some field.
 */
export function verifyReceipt(receipt: SignedReceipt, expected: ExpectedCall): ReceiptVerdict {
  const fields = ['node', 'caller', 'release', 'request', 'nonce', 'response'] as const;
  const wrong = fields.find((field) => expected[field] !== undefined && expected[field] !== receipt[field]);
  if (wrong) return { ok: false, reason: 'ReceiptInvalid', field: wrong };
  if (receipt.finishedAt < receipt.startedAt) return { ok: false, reason: 'ReceiptInvalid', field: 'times' };
  const hash = hashSignable(receiptStruct, receipt);
  const signer = hash && recoverHashSigner(hash, receipt.signature);
  return hash && signer === receipt.node
    ? { ok: true, id: toHex(hash) }
    : { ok: false, reason: 'ReceiptInvalid', field: 'signature' };
}
