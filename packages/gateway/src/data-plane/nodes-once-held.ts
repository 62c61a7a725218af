import { CallableError, type NodeLink, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import type { RoutingContext } from '../routing/list-candidates.ts';
import { nodesToAsk } from '../routing/nodes-to-ask.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import type { Deadline } from './open-deadline.ts';

/** Where nobody said what fetching costs, milliseconds. */
const usualColdMs = 2_000;

type ColdContext = RoutingContext & Pick<GatewayContext, 'coldWaits'>;

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
    if (!isCold || call.probe) throw error;
    const { remainingMs, signal } = deadline;
    return ctx.coldWaits
      .untilHeld(release, { network: call.origin.network, remainingMs, signal })
      .then(() => nodesToAsk(ctx, release, groups, call));
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
