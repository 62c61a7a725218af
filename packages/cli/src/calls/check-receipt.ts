import type { Address } from '@callable/protocol';
import {
  addressOf,
  bareReceipt,
  CallableError,
  type Digest,
  hexOfDigest,
  type PrivateKey,
  type SignedReceipt,
  verifyReceipt,
  zeroAddress,
} from '@callable/protocol';

type WithReceipt = { digest: string; node: string; receipt: SignedReceipt };

/**
 * Refuses an answer whose receipt is not the signed word of the node it names about this release and this caller. What
 * is returned holds of the receipt only what is signed.
 */
export function checkReceipt<Answer extends WithReceipt>(answer: Answer, key: PrivateKey | null): Answer {
  const verdict = verifyReceipt(answer.receipt, {
    node: answer.node as Address,
    caller: key ? addressOf(key) : zeroAddress,
    release: hexOfDigest(answer.digest as Digest),
  });
  if (!verdict.ok)
    throw new CallableError(
      'ReceiptInvalid',
      `The answer came with a receipt whose ${verdict.field} is wrong, so it is not shown.`,
    );
  return { ...answer, receipt: bareReceipt(answer.receipt) };
}
