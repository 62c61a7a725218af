import { CallableError, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { exampleOf } from '../releases/example-of.ts';
import { nodesToAsk } from '../routing/nodes-to-ask.ts';
import type { VectorVerdict } from '../standings/vector-runs.ts';
import { askNode, type Outcome } from './ask-node.ts';
import { groupsOf } from './groups-of.ts';
import type { Deadline } from './open-deadline.ts';
import type { TakePiece } from './pass-pieces.ts';
import { runVector } from './run-vector.ts';

type Failure = Extract<Outcome, { ok: false }>;
type Accusation = Failure & Required<Pick<Failure, 'claim'>>;

/** The answer or what the caller is told, and whether the release is to blame, which the log may hear. */
export type Confirmed = { outcome: Outcome; isToBlame: boolean };

/** A caller waits no longer than this to hear whose fault it is, milliseconds. */
const patienceMs = 5000;

/**
 * Finds out who is to blame when a node says that the model failed. attack: six wrong inputs without a key turned *Worked*
 * False for a stranger, and so did a node that only said so. Another node may answer all the same; if none does, the
 * publisher's own vector decides. What is not confirmed is told to the caller as its input's failing, and counts nowhere.
 */
export async function confirmFailure(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  first: Outcome,
  deadline: Deadline,
  take?: TakePiece,
): Promise<Confirmed> {
  if (first.ok || !isAccusation(first)) return { outcome: first, isToBlame: false };
  const second = await askSecond(ctx, release, call, first, deadline, take);
  if (second && (second.ok || second.hasPieces || second.error.who === 'caller'))
    return { outcome: second, isToBlame: false };
  const run = () => runVector(ctx, release, first.claim.link.node);
  const verdict = await within(ctx.vectorRuns.verdictOf(release.digest, run), deadline);
  if (verdict === 'fails') return { outcome: first, isToBlame: true };
  return { outcome: { ...first, error: acquit(release, call, first, verdict) }, isToBlame: false };
}

/** That a node has given a release up is its state, not the failing of this call. */
const isAccusation = (failure: Failure): failure is Accusation =>
  failure.claim !== undefined && failure.error.who === 'publisher' && failure.error.code !== 'Quarantined';

/**
 * The same call at another node that holds the release, if there is one: of two different answers one is a node's own
 * trouble. What costs a node the process of its model goes on once in a minute: three of them, and it gives the release up.
 */
async function askSecond(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  first: Accusation,
  deadline: Deadline,
  take: TakePiece | undefined,
): Promise<Outcome | null> {
  // Not begun, it has been asked of another already.
  if (!first.claim.hasBegun || first.hasPieces || deadline.signal.aborted) return null;
  const link = findOther(ctx, release, call, first);
  if (!link || (first.error.code !== 'CallFailed' && !ctx.vectorRuns.mayRisk(release.digest))) return null;
  return askNode(ctx, release, call, link, deadline, take);
}

function findOther(ctx: GatewayContext, release: ReleaseView, call: Call, first: Accusation) {
  try {
    return nodesToAsk(ctx, release, groupsOf(release, call), call).find(({ node }) => node !== first.claim.link.node);
  } catch (error) {
    if (error instanceof CallableError) return undefined;
    throw error;
  }
}

async function within(verdict: Promise<VectorVerdict>, { signal, remainingMs }: Deadline): Promise<VectorVerdict> {
  if (signal.aborted) return 'unknown';
  let giveUp = () => {};
  const given = new Promise<VectorVerdict>((resolve) => {
    giveUp = () => resolve('unknown');
  });
  const timer = setTimeout(giveUp, Math.min(patienceMs, remainingMs()));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([verdict, given]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** What cannot be laid at the publisher's door. A node that could not even begin says nothing of the input. */
function acquit(release: ReleaseView, call: Call, first: Accusation, verdict: VectorVerdict): CallableError {
  const { claim, error } = first;
  const details = { release: release.reference };
  if (!claim.hasBegun)
    return new CallableError('NodeUnavailable', error.message, {
      details: { ...details, retryAfterSeconds: 1 },
      cause: error,
    });
  const example = exampleOf(release.manifest, call.encoding);
  const message = verdict === 'runs' ? `${error.message} On its publisher's own input it answers.` : error.message;
  return new CallableError('InputFailed', message, {
    details: { ...details, ...(example === null ? {} : { example }) },
    cause: error,
  });
}
