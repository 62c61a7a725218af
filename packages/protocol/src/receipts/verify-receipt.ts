import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { hashSignable, recoverHashSigner } from '../keys/recover-signer.ts';
import { hashExtra } from '../schema/extra.ts';
import { type SignedReceipt, typedReceipt } from './receipt.ts';

/** What whoever passes the answer on knows of the call by itself; fields left out are not compared. */
export type ExpectedCall = {
  node?: Address;
  caller?: Address;
  release?: string;
  request?: string;
  nonce?: string;
  response?: string;
  /** sha256 of the host the caller signed for; only receipts of version 2 name it. */
  audience?: string;
};

export type ReceiptVerdict =
  | { ok: true; id: string }
  | { ok: false; reason: 'ReceiptInvalid'; field: keyof ExpectedCall | 'signature' | 'times' | 'extra' };

/**
 * Whether a receipt is the node's own and tells of this call: another model's answer, another caller's receipt or
 * an old one replayed all differ in some field.
 */
export function verifyReceipt(receipt: SignedReceipt, expected: ExpectedCall): ReceiptVerdict {
  const fields = ['node', 'caller', 'release', 'request', 'nonce', 'response'] as const;
  const wrong = fields.find((field) => expected[field] !== undefined && expected[field] !== receipt[field]);
  if (wrong) return refused(wrong);
  if (receipt.version === 2) {
    const { audience, extra, more } = receipt;
    if (expected.audience !== undefined && expected.audience !== audience) return refused('audience');
    // An object without its hash would be shown as though it were signed. Without it the hash alone still stands.
    if (more !== undefined && hashExtra(more) !== extra) return refused('extra');
  }
  if (receipt.finishedAt < receipt.startedAt) return refused('times');
  const hash = hashSignable(...typedReceipt(receipt));
  const signer = hash && recoverHashSigner(hash, receipt.signature);
  return hash && signer === receipt.node ? { ok: true, id: toHex(hash) } : refused('signature');
}

type Refusal = Extract<ReceiptVerdict, { ok: false }>;

const refused = (field: Refusal['field']): Refusal => ({ ok: false, reason: 'ReceiptInvalid', field });
