import { CallableError, type NodeLink, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { isProven } from '../routing/is-proven.ts';
import { nodesToAsk } from '../routing/nodes-to-ask.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import { type Outcome, Superseded } from './ask-node.ts';
import { type Ask, type AskEvent, beginAsk } from './begin-ask.ts';
import { groupsOf } from './groups-of.ts';
import { nodesOnceHeld } from './nodes-once-held.ts';
import type { Deadline } from './open-deadline.ts';
import type { TakePiece } from './pass-pieces.ts';

/** Nodes that may have begun, or had no room. One that was gone or fell silent did no work. */
const mostAttempts = 2;
const mostAsked = 4;

/**
 * Asks the best node, and another when that one was gone, was lost, or does not answer: a silent one at once, a slow one
 * within a bound. The first good answer, or the first piece of one, ends all others; those are no usage. Throws why there is
 * no node; rejects with the reason of the signal when the caller left.
 */
export function askNodes(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  deadline: Deadline,
  take?: TakePiece,
): Promise<Outcome> {
  const groups = groupsOf(release, call);
  // Whether there is anybody at all is known before anything is set up.
  const nodes = nodesOnceHeld(ctx, release, groups, call, deadline);
  const ask = ([first]: readonly NodeLink[]) => askFrom(first, { ctx, release, call, groups, deadline, take });
  return nodes instanceof Promise ? nodes.then(ask) : ask(nodes);
}

type Asking = {
  ctx: GatewayContext;
  release: ReleaseView;
  call: Call;
  groups: CallGroups;
  deadline: Deadline;
  take: TakePiece | undefined;
};

function askFrom(
  first: NodeLink | undefined,
  { ctx, release, call, groups, deadline, take }: Asking,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const running: Ask[] = [];
    const asked: NodeLink[] = [];
    /** Asks that were no attempts. */
    const excused: Ask[] = [];
    let answering: Ask | null = null;

    /** The caller takes pieces of one node only. */
    const takeOf = (ask: Ask): TakePiece | undefined =>
      take &&
      ((piece, of) => {
        if (answering !== null && answering !== ask) throw new Superseded();
        if (answering === null) endOthers(ask);
        answering = ask;
        return take(piece, of);
      });
    function endOthers(but: Ask | null): void {
      for (const ask of running.splice(0)) {
        if (ask === but) running.push(ask);
        else ask.supersede();
      }
    }
    function begin(link: NodeLink): void {
      asked.push(link);
      running.push(beginAsk(ctx, release, call, { link, groups, deadline, takeOf }, hear));
    }
    function beginAnother(isAllowed: (next: NodeLink) => boolean = () => true): void {
      if (
        asked.length - excused.length >= mostAttempts ||
        asked.length >= mostAsked ||
        answering !== null ||
        deadline.signal.aborted
      )
        return;
      const next = othersThan(ctx, release, call, groups, asked);
      if (next && isAllowed(next)) begin(next);
    }
    function finish(outcome: Outcome): void {
      endOthers(null);
      resolve(outcome);
    }
    function hear(ask: Ask, event: AskEvent): void {
      try {
        judge(ask, event);
      } catch (error) {
        endOthers(null);
        reject(error);
      }
    }
    function judge(ask: Ask, event: AskEvent): void {
      const at = running.indexOf(ask);
      // It lost: another one has answered.
      if (at < 0) {
        ignore(ctx, event);
        return;
      }
      if (event.kind === 'slow') {
        // attack: who was never compared answers at once, and has the calls of a trusted node that takes a little longer.
        const isAsGood = ({ node }: NodeLink) =>
          isProven(ctx, node, release.digest) || !isProven(ctx, ask.link.node, release.digest);
        if (asked.length < mostAttempts) beginAnother((next) => isAsGood(next) && ctx.secondAsks.take(release.digest));
        return;
      }
      if (event.kind === 'silent') {
        if (excused.includes(ask)) return;
        excused.push(ask);
        beginAnother();
        return;
      }
      running.splice(at, 1);
      if (event.kind === 'left') {
        endOthers(null);
        reject(event.cause);
        return;
      }
      const { outcome } = event;
      if (outcome.ok || !outcome.askAnother) {
        finish(outcome);
        return;
      }
      if (outcome.isGone) excused.push(ask);
      beginAnother();
      if (running.length === 0) finish(outcome);
    }

    ctx.secondAsks.earn(release.digest);
    if (first) begin(first);
    else finish({ ok: false, error: new CallableError('NodeUnavailable'), askAnother: false });
  });
}

/** What was answered too late is no usage. */
function ignore({ reports }: Pick<GatewayContext, 'reports'>, event: AskEvent): void {
  if (event.kind === 'outcome' && event.outcome.ok) reports.unused(event.outcome.head);
}

/** The best node that was not asked; nobody is told why there is none. */
function othersThan(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  groups: CallGroups,
  asked: readonly NodeLink[],
): NodeLink | undefined {
  try {
    return nodesToAsk(ctx, release, groups, call).find((link) => !asked.includes(link));
  } catch (error) {
    if (error instanceof CallableError) return undefined;
    throw error;
  }
}
