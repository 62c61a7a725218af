import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { hashSignable, recoverHashSigner } from '../keys/recover-signer.ts';
import { hashExtra } from '../schema/extra.ts';
import { verifyReceipt3 } from './batches/verify-receipt-3.ts';
import { gatewayOf, nodeOf, type Receipt, type SignedReceipt, typedReceipt } from './receipt.ts';

/** What whoever passes the answer on knows of the call by itself; fields left out are not compared. */
export type ExpectedCall = {
  node?: Address;
  caller?: Address;
  release?: string;
  request?: string;
  /** Version 3 does not repeat it: the hash of the request stands over it. */
  nonce?: string;
  /** As `responseOf` makes it of the outputs, since version 3 with the salt of the answer. */
  response?: string;
  /** Through whom the call came; version 1 does not say it. */
  gateway?: Address;
  /** sha256 of the host the caller signed for; only receipts of version 2 name it. */
  audience?: string;
};

export type ReceiptVerdict =
  | { ok: true; id: string }
  | {
      ok: false;
      reason: 'ReceiptInvalid';
      field: keyof ExpectedCall | 'signature' | 'times' | 'extra' | 'seq' | 'path';
    };

/**
 * Whether a receipt of any version is the node's own and tells of this call: another model's answer, another caller's
 * receipt, one of another place in its batch or an old one replayed all differ in some field. Offline: of version 3 the path
 * and the header that came with it are enough.
 */
export function verifyReceipt(receipt: SignedReceipt, expected: ExpectedCall): ReceiptVerdict {
  const said = saidBy(receipt);
  const fields = ['node', 'caller', 'release', 'request', 'nonce', 'response', 'gateway', 'audience'] as const;
  const wrong = fields.find(
    (field) => expected[field] !== undefined && said[field] !== undefined && expected[field] !== said[field],
  );
  if (wrong) return refused(wrong);
  if (receipt.version !== 3) return verifySigned(receipt);
  const verdict = verifyReceipt3(receipt);
  return verdict.ok ? { ok: true, id: verdict.id } : refused(verdict.why);
}

/** What a receipt says of its call; a version that does not say a thing has no such member. */
function saidBy(receipt: SignedReceipt): ExpectedCall {
  const { caller, release, request, response } = receipt;
  const gateway = gatewayOf(receipt);
  return {
    ...{ node: nodeOf(receipt), caller, release, request, response },
    ...(gateway === null ? {} : { gateway }),
    ...(receipt.version === 3 ? {} : { nonce: receipt.nonce }),
    ...(receipt.version === 2 ? { audience: receipt.audience } : {}),
  };
}

function verifySigned(receipt: Exclude<SignedReceipt, { version: 3 }>): ReceiptVerdict {
  if (receipt.version === 2) {
    const { extra, more } = receipt;
    // An object without its hash would be shown as though it were signed. Without it the hash alone still stands.
    if (more !== undefined && hashExtra(more) !== extra) return refused('extra');
  }
  if (receipt.finishedAt < receipt.startedAt) return refused('times');
  const hash = hashSignable(...typedReceipt(receipt as Receipt));
  const signer = hash && recoverHashSigner(hash, receipt.signature);
  return hash && signer === receipt.node ? { ok: true, id: toHex(hash) } : refused('signature');
}

type Refusal = Extract<ReceiptVerdict, { ok: false }>;

const refused = (field: Refusal['field']): Refusal => ({ ok: false, reason: 'ReceiptInvalid', field });
