import type { NodeLink, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { refuseUncallable } from '../releases/refuse-uncallable.ts';
import { chooseForTwo } from '../routing/choose-nodes.ts';
import { listCandidates } from '../routing/list-candidates.ts';
import { groupsOf } from './groups-of.ts';

/**
 * The nodes whose word may be asked for, best first, no two of one operator or network. A seed counts by itself: who
 * sits where it sits gains nothing by it. All whose network is not known are one voice.
 */
export function chooseVoices(
  ctx: Pick<GatewayContext, 'links' | 'standings' | 'knownNodes' | 'comparisons' | 'config'>,
  release: ReleaseView,
  call: Call,
): NodeLink[] {
  refuseUncallable(release);
  const found = listCandidates(ctx, release.digest, groupsOf(release, call));
  const links = new Map(found.map(({ link }) => [link.node, link]));
  const candidates = found
    .map(({ candidate }) => candidate)
    .filter(({ rank }) => !call.standingOnly || rank === 'standing');
  const heard = new Set<string>();
  const voices: NodeLink[] = [];
  for (const node of chooseForTwo(candidates, release.digest)) {
    const known = ctx.knownNodes.find(node);
    const marks = known.class === 'seed' ? [known.operator] : [known.operator, known.network];
    const link = links.get(node);
    if (!link || marks.some((mark) => heard.has(mark))) continue;
    for (const mark of marks) heard.add(mark);
    voices.push(link);
  }
  return voices;
}
