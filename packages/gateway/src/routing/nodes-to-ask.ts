import { type Address, CallableError, type NodeLink, type ReleaseView } from '@callable/protocol';
import { explainNoNode, refuseUncallable } from '../releases/refuse-uncallable.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import { chooseNodes } from './choose-nodes.ts';
import { listCandidates, type RoutingContext } from './list-candidates.ts';

/** A call that would wait for longer than this part of its time is refused at once: its caller may try elsewhere. */
const shareOfTimeout = 0.5;

/** The links to ask for a release, best first, at least one. Throws why there is none. */
export function nodesToAsk(
  ctx: RoutingContext,
  release: ReleaseView,
  groups: CallGroups | null,
  { standingOnly = false, timeoutMs = Number.POSITIVE_INFINITY }: { standingOnly?: boolean; timeoutMs?: number } = {},
): [NodeLink, ...NodeLink[]] {
  refuseUncallable(release);
  const found = listCandidates(ctx, release.digest, groups, timeoutMs * shareOfTimeout);
  const candidates = found.map(({ candidate }) => candidate);
  const asked = standingOnly ? candidates.filter(({ rank }) => rank === 'standing') : candidates;
  const [best, ...others] = linksOf(found, chooseNodes(asked, release.digest));
  if (best) return [best, ...others];
  if (standingOnly && asked.length === 0 && candidates.length > 0)
    throw new CallableError('NoNodeOfStanding', undefined, { details: { release: release.reference } });
  throw explainNoNode(release, asked);
}

function linksOf(found: readonly { link: NodeLink }[], order: readonly Address[]): NodeLink[] {
  const [first] = found;
  if (first && found.length === 1) return order.map(() => first.link);
  const links = new Map(found.map(({ link }) => [link.node, link]));
  return order.flatMap((node) => links.get(node) ?? []);
}
