import { Ending, type NodeLink, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import { type AskContext, askNode, type Outcome, Superseded } from './ask-node.ts';
import type { Deadline } from './open-deadline.ts';
import type { TakePiece } from './pass-pieces.ts';

/** What comes of an ask. `silent` and `slow` come at most once each, before the outcome. */
export type AskEvent =
  | { kind: 'outcome'; outcome: Outcome }
  | { kind: 'silent' }
  | { kind: 'slow' }
  | { kind: 'left'; cause: unknown };

/** One node that was asked for a call. */
export type Ask = {
  readonly link: NodeLink;
  /** Another one answers: the node is told to stop, and nothing of it counts any more. */
  supersede(): void;
};

/** As long as nobody knows how long a node takes, a slow answer is waited for this part of the time that the caller has. */
const shareOfDeadline = 0.2;
/** Below this, milliseconds, a second ask takes longer than waiting. */
const leastMs = 25;

/** Asks a node; `hear` is told what comes of it, never before this returns. */
export function beginAsk(
  ctx: AskContext,
  release: ReleaseView,
  call: Call,
  to: { link: NodeLink; groups: CallGroups; deadline: Deadline; takeOf: (ask: Ask) => TakePiece | undefined },
  hear: (ask: Ask, event: AskEvent) => void,
): Ask {
  const { link, deadline } = to;
  const stop = new Ending();
  const pass = () => stop.end(deadline.signal.reason);
  if (deadline.signal.aborted) pass();
  else deadline.signal.addEventListener('abort', pass, { once: true });
  const ask: Ask = { link, supersede: () => stop.end(new Superseded()) };

  // One that loads a model first takes its time, and so would the next.
  const isWarm = link.find(release.digest)?.state === 'warm';
  const timer = isWarm ? setTimeout(() => hear(ask, { kind: 'slow' }), slowMs(ctx, release, call, link)) : undefined;
  const forget = link.onSilence?.((isSilent) => {
    if (isSilent) queueMicrotask(() => hear(ask, { kind: 'silent' }));
  });
  const end = () => {
    clearTimeout(timer);
    forget?.();
    deadline.signal.removeEventListener('abort', pass);
  };

  askNode(ctx, release, call, link, { signal: stop, remainingMs: deadline.remainingMs }, to.takeOf(ask)).then(
    (outcome) => {
      end();
      hear(ask, { kind: 'outcome', outcome });
    },
    (cause: unknown) => {
      end();
      hear(ask, { kind: 'left', cause });
    },
  );
  return ask;
}

/** Nineteen of twenty answers of this node for this release come earlier: then another is asked, as far as `secondAsks` has. */
function slowMs({ standings }: AskContext, { digest }: ReleaseView, call: Call, { node }: NodeLink): number {
  const usual = standings.slowMs(node, digest);
  return usual === null ? call.timeoutMs * shareOfDeadline : Math.max(leastMs, usual);
}
