import {
  CallableError,
  type GoodLinkAnswer,
  type LinkCallHead,
  LinkLost,
  type LinkRefusal,
  type NodeLink,
  type ReleaseView,
} from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import { checkAnswer } from '../answers/check-answer.ts';
import { errorOfAnswer } from '../answers/error-of-answer.ts';
import type { GatewayContext } from '../context.ts';
import { groupsOf } from './groups-of.ts';
import type { Deadline } from './open-deadline.ts';
import { type PiecePassage, PieceUnsound, passPieces, type TakePiece } from './pass-pieces.ts';
import { CallerStalled } from './wait-for-caller.ts';

export type AskContext = Pick<
  GatewayContext,
  'config' | 'clock' | 'standings' | 'comparisons' | 'lostCalls' | 'reports' | 'log'
>;

/** Another node has answered this call, or is answering. */
export class Superseded extends Error {}

export type Outcome =
  | { ok: true; head: GoodLinkAnswer; body: Uint8Array }
  /**
   * `isGone`: the node was leaving or out of reach, and cannot have begun. `claim`: the error is this node's word, and whether
   * it had begun with the model. `hasPieces`: the caller has a part of its answer.
   */
  | {
      ok: false;
      error: CallableError;
      askAnother: boolean;
      isGone?: boolean;
      claim?: { link: NodeLink; hasBegun: boolean };
      hasPieces?: boolean;
    };

/**
 * Asks one node and judges its answer. Throws only when the caller left. Another node may be asked when this one cannot have
 * begun to run the model, or was lost with it, but not once the caller has a piece of this one's answer. A call that kills
 * its node would kill the next one too, so `lostCalls` ends it after the second. Whoever gets a good answer says whether it was used.
 */
export function askNode(
  ctx: AskContext,
  release: ReleaseView,
  call: Call,
  link: NodeLink,
  deadline: Deadline,
  take?: TakePiece,
): Promise<Outcome> {
  const passage = passPieces(ctx, release, call, take);
  const asked = askOnce(ctx, release, call, link, deadline, passage);
  if (!take) return asked;
  return asked.then((outcome) =>
    outcome.ok || !passage.began ? outcome : { ...outcome, askAnother: false, hasPieces: true },
  );
}

async function askOnce(
  ctx: AskContext,
  release: ReleaseView,
  call: Call,
  link: NodeLink,
  deadline: Deadline,
  passage: PiecePassage,
): Promise<Outcome> {
  const head = callHead(release, call, deadline);
  const startedAt = ctx.clock();
  const nodeMs = () => ctx.clock() - startedAt - passage.waitedMs();
  const end = ctx.standings.begin(link.node, groupsOf(release, call));
  try {
    const answer = await link.call(head, call.body, deadline.signal, passage.onPiece);
    const ms = nodeMs();
    if (!answer.head.ok) return refused(ctx, release, call, link, answer.head, ms);
    const response = passage.response(answer.body, answer.head.salt);
    const verdict = checkAnswer(head, answer.head, { response, isSound: passage.isSound(answer.body) });
    if (verdict.ok) {
      ctx.standings.answered(link.node, release.digest, ms);
      ctx.lostCalls.answered(release.digest, call);
      return { ok: true, head: answer.head, body: answer.body };
    }
    ctx.reports.unused(answer.head);
    return lied(ctx, release, link, verdict.field);
  } catch (cause) {
    if (cause instanceof PieceUnsound) return lied(ctx, release, link, 'outputs');
    return lost(ctx, release, call, link, deadline, cause, nodeMs());
  } finally {
    end();
  }
}

function lied(ctx: AskContext, release: ReleaseView, link: NodeLink, field: string): Outcome {
  ctx.standings.ejectForLie(link.node);
  ctx.comparisons.lied(link.node);
  ctx.log.warn({ node: link.node, release: release.digest, field }, 'receipt does not fit its answer');
  return { ok: false, error: new CallableError('ReceiptInvalid', undefined, naming(release)), askAnother: true };
}

function refused(
  ctx: Pick<GatewayContext, 'standings' | 'lostCalls'>,
  release: ReleaseView,
  call: Call,
  link: NodeLink,
  head: LinkRefusal,
  ms: number,
): Outcome {
  const said = errorOfAnswer(head, release, call.encoding);
  const error = said.code === 'CallTimedOut' && !head.started ? timedOut(link, release, said.message) : said;
  // It is stopping, and its announcement is still on its way: that is no failure.
  const isGone = head.code === 'NodeUnavailable' && !head.started;
  if (isGone) ctx.standings.left(link.node, link);
  else if (error.code === 'NodeUnavailable') ctx.standings.failed(link.node);
  // A refusal is quick: counted as latency it would draw every call to the node that does nothing.
  else if (head.started || error.who === 'caller') ctx.standings.claimedError(link.node, release.digest, ms);
  if (head.started && error.code !== 'NodeUnavailable') ctx.lostCalls.answered(release.digest, call);
  // What the caller has to mend is no better on the next node.
  const claim = { link, hasBegun: head.started };
  return { ok: false, error, askAnother: !head.started && error.who !== 'caller', isGone, claim };
}

function lost(
  ctx: Pick<GatewayContext, 'standings' | 'lostCalls' | 'clock' | 'log'>,
  release: ReleaseView,
  call: Call,
  link: NodeLink,
  deadline: Deadline,
  cause: unknown,
  nodeMs: number,
): Outcome {
  if (call.signal.aborted) throw cause;
  const isStalled = cause instanceof CallerStalled;
  // Slow is not broken: counted as latency only, or anybody could take nodes out with deadlines of one millisecond.
  if (isStalled || deadline.signal.aborted) ctx.standings.took(link.node, release.digest, nodeMs);
  if (cause instanceof Superseded) return { ok: false, error: new CallableError('NodeUnavailable'), askAnother: false };
  if (isStalled || deadline.signal.aborted) {
    const { message } = isStalled ? cause : (deadline.signal.reason as CallableError);
    return { ok: false, error: timedOut(link, release, message), askAnother: false };
  }
  return { ok: false, ...judgeLoss(ctx, release, call, link, cause) };
}

/** Whether a call whose answer did not come may go on to another node, and what it says of this one. */
function judgeLoss(
  ctx: Pick<GatewayContext, 'standings' | 'lostCalls' | 'log'>,
  release: ReleaseView,
  call: Call,
  link: NodeLink,
  cause: unknown,
): { error: CallableError; askAnother: boolean; isGone?: boolean } {
  const error = new CallableError('NodeUnavailable', undefined, { ...naming(release), cause });
  if (!(cause instanceof LinkLost)) {
    ctx.standings.failed(link.node);
    ctx.log.warn({ node: link.node, release: release.digest, err: cause }, 'a node failed during a call');
    return { error, askAnother: false };
  }
  const { how, started } = cause;
  if (how === 'dropped') return { error, askAnother: false };
  if (how === 'left') {
    ctx.standings.left(link.node, link);
    return { error, askAnother: true, isGone: true };
  }
  if (ctx.standings.lost(link.node, link))
    ctx.log.warn({ node: link.node, cause: cause.message }, 'a node was lost with calls under way');
  if (!started) return { error, askAnother: true, isGone: true };
  ctx.lostCalls.lost(release.digest, call, link);
  const refusal = ctx.lostCalls.refusalOf(release, call);
  return refusal ? { error: refusal, askAnother: false } : { error, askAnother: true };
}

/** A model that takes longer to load than the caller waits is not slow: the next caller finds it loaded. */
function timedOut(link: NodeLink, release: ReleaseView, message: string): CallableError {
  const state = link.find(release.digest)?.state;
  return state === 'cached'
    ? new CallableError(
        'CachedNotLoaded',
        `${message} The node has the bytes and is still loading the model.`,
        naming(release),
      )
    : new CallableError('CallTimedOut', message, naming(release));
}

const naming = (release: ReleaseView) => ({ details: { release: release.reference, retryAfterSeconds: 1 } });

function callHead(release: ReleaseView, call: Call, deadline: Deadline): LinkCallHead {
  const head: LinkCallHead = {
    release: release.digest,
    encoding: call.encoding,
    caller: call.caller.address,
    origin: call.origin.word,
    request: call.caller.request,
    deadlineMs: deadline.remainingMs(),
  };
  if (call.traceparent !== undefined) head.traceparent = call.traceparent;
  return head;
}
