import type { Address } from '@callable/protocol';
import {
  addressOf,
  CallableError,
  type PrivateKey,
  type SignedReceipt,
  verifyReceipt,
  zeroAddress,
} from '@callable/protocol';

/** Refuses an answer whose receipt is not the signed word of the node it names about this release and this caller. */
export function checkReceipt(
  answer: { digest: string; node: string; receipt: SignedReceipt },
  key: PrivateKey | null,
): void {
  const verdict = verifyReceipt(answer.receipt, {
    node: answer.node as Address,
    caller: key ? addressOf(key) : zeroAddress,
    release: answer.digest.replace(/^sha256:/, ''),
  });
  if (!verdict.ok)
    throw new CallableError(
      'ReceiptInvalid',
      `The answer came with a receipt whose ${verdict.field} is wrong, so it is not shown.`,
    );
}
