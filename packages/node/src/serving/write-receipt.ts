import { createHash, hash } from 'node:crypto';
import { hexOfDigest, type LinkCallHead, type ReceiptFacts, toHex, zeroBytes32 } from '@callable/protocol';
import type { Replica } from '../replicas/replica.ts';
import type { RunOutcome } from './run-in-turn.ts';
import type { ServingContext } from './serving-context.ts';

type GoodOutcome = Extract<RunOutcome, { ok: true }>;

/** What the receipt of a good answer says; `outputs` is all of it, in pieces or not. The link numbers and signs it. */
export function writeReceipt(
  { receipts }: Pick<ServingContext, 'receipts'>,
  replica: Replica,
  head: LinkCallHead,
  outcome: GoodOutcome,
  outputs: Uint8Array,
): ReceiptFacts {
  return {
    release: hexOfDigest(replica.release.digest),
    request: head.request,
    inputs: outcome.inputDigest,
    outputs: outcome.outputDigest,
    response: hashAnswer(outcome.salt, outputs),
    caller: head.caller,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    runtime: replica.runtimeDigest,
    salt: toHex(receipts.salt()),
    ...plain,
  };
}

/** A whole answer, counted as one call. */
const plain = { auditClass: 0, end: 0, units: 1, tokensIn: 0, tokensOut: 0, extra: zeroBytes32 };

/** Up to this it is cheaper to copy an answer behind its salt than to make a Hash object for both. */
const copiedBytes = 16 * 1024;

function hashAnswer(salt: Uint8Array, outputs: Uint8Array): string {
  if (outputs.length > copiedBytes) return createHash('sha256').update(salt).update(outputs).digest('hex');
  return hash('sha256', Buffer.concat([salt, outputs]), 'hex');
}
