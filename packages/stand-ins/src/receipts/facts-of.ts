import { createHash } from 'node:crypto';
import { hexOfDigest, type LinkCallHead, type ReceiptFacts, type ReleaseView, zeroBytes32 } from '@callable/protocol';

/** The salt of all answers of test nodes. */
export const testSalt = 'ee'.repeat(32);

/** What a receipt says of an answer with this body to a call with this head; what a test does not say is zero. */
export const factsOf = (
  { digest }: Pick<ReleaseView, 'digest'>,
  { request, caller }: Pick<LinkCallHead, 'request' | 'caller'>,
  body: Uint8Array,
): ReceiptFacts => ({
  ...{ release: hexOfDigest(digest), request, inputs: zeroBytes32, outputs: zeroBytes32, caller },
  response: createHash('sha256').update(Buffer.from(testSalt, 'hex')).update(body).digest('hex'),
  ...{
    startedAt: Date.now(),
    finishedAt: Date.now(),
    runtime: zeroBytes32,
    auditClass: 0,
    end: 0,
    units: 1,
    tokensIn: 0,
    tokensOut: 0,
  },
  ...{ extra: zeroBytes32, salt: zeroBytes32 },
});
