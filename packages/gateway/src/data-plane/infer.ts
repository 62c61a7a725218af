import {
  type Address,
  CallableError,
  type CallSignal,
  type Digest,
  type ReleaseView,
  receiptOfBatch,
  type SignedReceipt3,
  toHex,
} from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { refuseWithdrawn } from '../releases/refuse-withdrawn.ts';
import type { NodeClass } from '../standings/node-class.ts';
import type { Outcome } from './ask-node.ts';
import { askNodes } from './ask-nodes.ts';
import { confirmCall } from './confirm-call.ts';
import { confirmFailure } from './confirm-failure.ts';
import { offerCopy } from './offer-copy.ts';
import { type Deadline, openDeadline } from './open-deadline.ts';
import type { TakePiece } from './pass-pieces.ts';
import { reportFailure, reportSuccess } from './report-call.ts';

type GoodOutcome = Extract<Outcome, { ok: true }>;

export type Answer = {
  release: ReleaseView;
  digest: Digest;
  node: Address;
  /** How it stands, as far as the hub told. */
  standing: NodeClass;
  /** The other node that gave the same answer, where two were asked for. */
  confirmedBy: Address | null;
  /** JSON: an object for `plain`, an array for `oip`. After pieces the last one, which may be empty. */
  outputs: Uint8Array;
  receipt: SignedReceipt3;
  /** Its leaf in hex. */
  receiptId: string;
  salt: string;
  /** The whole call as seen here, and the part inside the runtime. */
  ms: number;
  runMs: number;
  id?: string;
};

/**
 * Answers a call: resolve the release, refuse what must not be called, ask the best node and, where that helps, another;
 * check the receipt; find out who is to blame for a failure; pass the answer on and report it, once.
 * With `take` the answer may come in pieces, and `outputs` is the last of them: it is whole only when this resolves.
 * Throws a `CallableError` for everything that can be the matter, or the reason of the signal when the caller left.
 */
export async function infer(ctx: GatewayContext, call: Call, take?: TakePiece): Promise<Answer> {
  const startedAt = ctx.clock();
  const deadline = openDeadline(call.timeoutMs, call.signal, ctx.clock);
  try {
    const known = ctx.releases.resolve(call.reference);
    const release = known instanceof Promise ? await untilDeadline(known, deadline.signal) : known;
    refuseWithdrawn(call.reference, release);
    const refusal = ctx.lostCalls.refusalOf(release, call);
    if (refusal) throw refusal;
    if (call.confirm) return await confirmed(ctx, release, call, deadline, startedAt, take);
    const asked = await askNodes(ctx, release, call, deadline, take);
    if (asked.ok) return passOn(ctx, release, call, asked, startedAt);
    const { outcome, isToBlame } = await confirmFailure(ctx, release, call, asked, deadline, take);
    if (outcome.ok) return passOn(ctx, release, call, outcome, startedAt);
    if (isToBlame) reportFailure(ctx, call, release);
    throw outcome.error;
  } finally {
    deadline.close();
  }
}

function passOn(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  outcome: GoodOutcome,
  startedAt: number,
): Answer {
  reportSuccess(ctx, call, outcome.head);
  offerCopy(ctx, release, call, outcome);
  return answerOf(ctx, release, outcome, ctx.clock() - startedAt);
}

async function confirmed(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  deadline: Deadline,
  startedAt: number,
  take?: TakePiece,
): Promise<Answer> {
  if (take)
    throw new CallableError(
      'RequestInvalid',
      'An answer in pieces is not confirmed: it is passed on before it is whole.',
    );
  const { outcome, confirmedBy } = await confirmCall(ctx, release, call, deadline);
  reportSuccess(ctx, call, outcome.head);
  return answerOf(ctx, release, outcome, ctx.clock() - startedAt, confirmedBy);
}

function answerOf(
  ctx: Pick<GatewayContext, 'knownNodes'>,
  release: ReleaseView,
  outcome: GoodOutcome,
  ms: number,
  confirmedBy: Address | null = null,
): Answer {
  const { receipt, batch, salt, runMs, id } = outcome.head;
  const node = batch.batch.node as Address;
  return {
    release,
    digest: release.digest,
    node,
    standing: ctx.knownNodes.find(node).class,
    confirmedBy,
    outputs: outcome.body,
    receipt: receiptOfBatch(receipt, batch.batch, batch.tree),
    receiptId: toHex(batch.leaves[receipt.seq - batch.batch.first] ?? new Uint8Array()),
    salt,
    ms,
    runMs,
    ...(id === undefined ? {} : { id }),
  };
}

async function untilDeadline<Value>(work: Promise<Value>, signal: CallSignal): Promise<Value> {
  if (signal.aborted) throw signal.reason;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
