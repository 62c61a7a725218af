import type { NodeLink, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import { type AskContext, askNode, type Outcome, Superseded } from './ask-node.ts';
import type { Deadline } from './open-deadline.ts';
import type { TakePiece } from './pass-pieces.ts';

/** What comes of an ask. `silent` and `slow` come at most once each, before the outcome. */
export type AskEvent =
  | { ask: Ask; kind: 'outcome'; outcome: Outcome }
  | { ask: Ask; kind: 'silent' | 'slow' }
  | { ask: Ask; kind: 'left'; cause: unknown };

/** One node that was asked for a call. */
export type Ask = {
  readonly link: NodeLink;
  /** Another one answers: the node is told to stop, and nothing of it counts any more. */
  supersede(): void;
};

/** A slow answer is waited for this part of the time that the caller has, and four times as long as is usual there. */
const shareOfDeadline = 0.2;
const timesUsual = 4;

/** Asks a node; `hear` is told what comes of it, never before this returns. */
export function beginAsk(
  ctx: AskContext,
  release: ReleaseView,
  call: Call,
  to: { link: NodeLink; deadline: Deadline; takeOf: (ask: Ask) => TakePiece | undefined },
  hear: (event: AskEvent) => void,
): Ask {
  const { link, deadline } = to;
  const stop = new AbortController();
  const pass = () => stop.abort(deadline.signal.reason);
  if (deadline.signal.aborted) pass();
  else deadline.signal.addEventListener('abort', pass, { once: true });
  const ask: Ask = { link, supersede: () => stop.abort(new Superseded()) };

  const isWarm = link.find(release.digest)?.state === 'warm';
  const usualMs = ctx.standings.latencyMs(link.node, release.digest) ?? 0;
  const slowMs = Math.max(call.timeoutMs * shareOfDeadline, usualMs * timesUsual);
  // One that loads a model first takes its time, and so would the next.
  const timer = isWarm ? setTimeout(() => hear({ ask, kind: 'slow' }), slowMs) : undefined;
  const forget = link.onSilence?.((isSilent) => {
    if (isSilent) queueMicrotask(() => hear({ ask, kind: 'silent' }));
  });

  askNode(ctx, release, call, link, { ...deadline, signal: stop.signal }, to.takeOf(ask))
    .then(
      (outcome) => hear({ ask, kind: 'outcome', outcome }),
      (cause: unknown) => hear({ ask, kind: 'left', cause }),
    )
    .finally(() => {
      clearTimeout(timer);
      forget?.();
      deadline.signal.removeEventListener('abort', pass);
    });
  return ask;
}
