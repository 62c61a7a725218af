import { CallableError, type NodeLink, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { nodesToAsk } from '../routing/nodes-to-ask.ts';
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
 * no node, or the reason of the signal when the caller left.
 */
export async function askNodes(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  deadline: Deadline,
  take?: TakePiece,
): Promise<Outcome> {
  const events = createQueue<AskEvent>();
  const running = new Set<Ask>();
  const asked = new Set<NodeLink>();
  /** Asks that were no attempts. */
  const excused = new Set<Ask>();
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
    for (const ask of running) {
      if (ask === but) continue;
      running.delete(ask);
      ask.supersede();
    }
  }
  function begin(link: NodeLink): void {
    asked.add(link);
    running.add(beginAsk(ctx, release, call, { link, deadline, takeOf }, events.push));
  }
  function beginAnother(isAllowed = () => true): void {
    if (
      asked.size - excused.size >= mostAttempts ||
      asked.size >= mostAsked ||
      answering !== null ||
      deadline.signal.aborted
    )
      return;
    const next = othersThan(ctx, release, call, asked);
    if (next && isAllowed()) begin(next);
  }

  const [first] = await nodesOnceHeld(ctx, release, call, deadline);
  let failure: Outcome = { ok: false, error: new CallableError('NodeUnavailable'), askAnother: false };
  if (first) begin(first);
  ctx.secondAsks.earn(release.digest);
  try {
    while (running.size > 0) {
      const event = await events.next();
      if (!running.has(event.ask)) continue;
      if (event.kind === 'left') throw event.cause;
      if (event.kind === 'outcome') {
        running.delete(event.ask);
        const { outcome } = event;
        if (outcome.ok || !outcome.askAnother) return outcome;
        failure = outcome;
        if (outcome.isGone) excused.add(event.ask);
        beginAnother();
      } else if (event.kind === 'silent') {
        if (excused.has(event.ask)) continue;
        excused.add(event.ask);
        beginAnother();
      } else if (asked.size < mostAttempts) beginAnother(() => ctx.secondAsks.take(release.digest));
    }
    return failure;
  } finally {
    endOthers(null);
  }
}

/** The best node that was not asked; nobody is told why there is none. */
function othersThan(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  asked: ReadonlySet<NodeLink>,
): NodeLink | undefined {
  try {
    return nodesToAsk(ctx, release, groupsOf(release, call), call).find((link) => !asked.has(link));
  } catch (error) {
    if (error instanceof CallableError) return undefined;
    throw error;
  }
}

/** What was pushed, in order. */
function createQueue<Item>(): { push(item: Item): void; next(): Promise<Item> } {
  const items: Item[] = [];
  let wake = () => {};
  return {
    push(item) {
      items.push(item);
      wake();
    },
    async next() {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) return item;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
