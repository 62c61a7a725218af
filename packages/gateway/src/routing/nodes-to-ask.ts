import { CallableError, type NodeLink, type ReleaseView } from '@callable/protocol';
import { explainNoNode, refuseUncallable } from '../releases/refuse-uncallable.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import { chooseNodes } from './choose-nodes.ts';
import { listCandidates, type RoutingContext } from './list-candidates.ts';

/** The links to ask for a release, best first, at least one. Throws why there is none. */
export function nodesToAsk(
  ctx: RoutingContext,
  release: ReleaseView,
  groups: CallGroups | null,
  { standingOnly = false }: { standingOnly?: boolean } = {},
): NodeLink[] {
  refuseUncallable(release);
  const found = listCandidates(ctx, release.digest, groups);
  const candidates = found.map(({ candidate }) => candidate);
  const asked = standingOnly ? candidates.filter(({ rank }) => rank === 'standing') : candidates;
  const links = new Map(found.map(({ link }) => [link.node, link]));
  const order = chooseNodes(asked, release.digest).flatMap((node) => links.get(node) ?? []);
  if (order.length > 0) return order;
  if (standingOnly && asked.length === 0 && candidates.length > 0)
    throw new CallableError('NoNodeOfStanding', undefined, { details: { release: release.reference } });
  throw explainNoNode(release, asked);
}
