import { createHash } from 'node:crypto';
import { hexOfDigest, type LinkCallHead, zeroBytes32 } from '@callable/protocol';
import type { IssuedReceipt } from '../receipts/open-receipt-session.ts';
import type { Replica } from '../replicas/replica.ts';
import type { RunOutcome } from './run-in-turn.ts';
import type { ServingContext } from './serving-context.ts';

type GoodOutcome = Extract<RunOutcome, { ok: true }>;

/** The node's signed account of a good answer; `outputs` is all of it, in pieces or not.  */
export function writeReceipt(
  { receipts }: Pick<ServingContext, 'receipts'>,
  replica: Replica,
  head: LinkCallHead,
  outcome: GoodOutcome,
  outputs: Uint8Array,
): IssuedReceipt {
  const { manifest, digest } = replica.release;
  const entry = manifest.files.find((file) => file.path === manifest.entry);
  return receipts.issue({
    release: hexOfDigest(digest),
    model: entry?.sha256 ?? zeroBytes32,
    request: head.request,
    inputs: outcome.inputDigest,
    outputs: outcome.outputDigest,
    response: createHash('sha256').update(outputs).digest('hex'),
    caller: head.caller,
    nonce: head.nonce,
    gateway: head.gateway,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    runtime: replica.runtimeDigest,
  });
}
