import { CallableError, type NodeLink, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import type { RoutingContext } from '../routing/list-candidates.ts';
import { nodesToAsk } from '../routing/nodes-to-ask.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import type { Deadline } from './open-deadline.ts';

/** Where nobody said what fetching costs, milliseconds. */
const usualColdMs = 2_000;

type ColdContext = RoutingContext & Pick<GatewayContext, 'coldWaits' | 'reports' | 'networkTags'>;

/** Nodes that are there and cannot just now: what is missing then is no node for this release. */
const passing: readonly string[] = ['NodeBusy', 'NodeUnavailable', 'NoNodeOfStanding'];

/**
 * The nodes to ask, best first; a release that nobody holds is fetched, and waited for as long as the caller waits. At once,
 * without a promise, where somebody holds it. Throws why there is no node. A call that says it is a probe waits for nothing.
 */
export function nodesOnceHeld(
  ctx: ColdContext,
  release: ReleaseView,
  groups: CallGroups,
  call: Call,
  deadline: Pick<Deadline, 'signal' | 'remainingMs'>,
): NodeLink[] | Promise<NodeLink[]> {
  try {
    const nodes = nodesToAsk(ctx, release, groups, call);
    if (isCrowded(ctx, release, nodes)) ctx.coldWaits.wakeAnother(release.digest);
    return nodes;
  } catch (error) {
    const isCold = error instanceof CallableError && error.code === 'NoNodeHoldsModel';
    if (call.probe) throw error;
    if (!isCold) throw noteWanted(ctx, release, call, error);
    const { remainingMs, signal } = deadline;
    return ctx.coldWaits
      .untilHeld(release, { network: call.origin.network, remainingMs, signal })
      .then(() => nodesToAsk(ctx, release, groups, call))
      .catch((late: unknown) => {
        throw noteWanted(ctx, release, call, late);
      });
  }
}

/** Whether calls wait at the best node for longer than a quarter of what it costs to have another copy. */
function isCrowded(
  { standings, coldWaits }: ColdContext,
  { digest }: ReleaseView,
  [best]: readonly NodeLink[],
): boolean {
  if (!best || standings.outstanding(best.node) <= best.announcement().slots.limit) return false;
  const waitMs = standings.latencyMs(best.node, digest) ?? 0;
  return waitMs > (coldWaits.coldMs(digest) ?? usualColdMs) / 4;
}

/** A call that nothing can answer is told the hub, as what operators might run. */
function noteWanted(
  { reports, networkTags }: Pick<ColdContext, 'reports' | 'networkTags'>,
  { digest }: ReleaseView,
  { origin }: Call,
  error: unknown,
): unknown {
  if (error instanceof CallableError && !passing.includes(error.code))
    reports.wanted(digest, networkTags.of(origin.broker));
  return error;
}
