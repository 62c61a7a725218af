import type { NodeLink, ReleaseView } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import { explainNoNode, refuseUncallable } from '../releases/refuse-uncallable.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import { chooseNodes } from './choose-nodes.ts';
import { listCandidates } from './list-candidates.ts';

/** The links to ask for a release, best first, at least one. Throws why there is none. */
export function nodesToAsk(
  ctx: Pick<GatewayContext, 'links' | 'standings' | 'convicted' | 'config'>,
  release: ReleaseView,
  groups: CallGroups | null,
): NodeLink[] {
  refuseUncallable(release);
  const found = listCandidates(ctx, release.digest, groups);
  const candidates = found.map(({ candidate }) => candidate);
  const links = new Map(found.map(({ link }) => [link.node, link]));
  const order = chooseNodes(candidates, release.digest).flatMap((node) => links.get(node) ?? []);
  if (order.length === 0) throw explainNoNode(release, candidates);
  return order;
}
