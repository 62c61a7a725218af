import { createHash } from 'node:crypto';
import { hexOfDigest, type LinkCallHead, type ReceiptFacts, zeroBytes32 } from '@callable/protocol';
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
    response: createHash('sha256').update(Buffer.from(outcome.salt, 'hex')).update(outputs).digest('hex'),
    caller: head.caller,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    runtime: replica.runtimeDigest,
    salt: receipts.salt(),
    ...plain,
  };
}

/** A whole answer, counted as one call. */
const plain = { auditClass: 0, end: 0, units: 1, tokensIn: 0, tokensOut: 0, extra: zeroBytes32 };
