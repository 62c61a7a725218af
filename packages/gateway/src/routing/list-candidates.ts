import type { Digest, NodeLink } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import type { Candidate, CandidateRank } from '../standings/candidate.ts';
import type { KnownNode } from '../standings/known-nodes.ts';

export type RoutingContext = Pick<GatewayContext, 'links' | 'standings' | 'knownNodes' | 'comparisons' | 'config'>;

/** Every connected node with what this gateway knows of it for this release, and whether these callers have room there; null asks for nobody. */
export function listCandidates(
  ctx: RoutingContext,
  release: Digest,
  groups: CallGroups | null,
): { link: NodeLink; candidate: Candidate }[] {
  const found: { link: NodeLink; candidate: Candidate }[] = [];
  for (const link of ctx.links.list()) {
    // It would answer anything; no receipt of it counts any more.
    if (ctx.knownNodes.isConvicted(link.node)) continue;
    const held = link.find(release);
    if (held === null) continue;
    const known = ctx.knownNodes.find(link.node);
    const isSeed = known.class === 'seed';
    if (!isSeed && ctx.comparisons.isOut(link.node, release)) continue;
    const { slots, draining } = link.announcement();
    const { used, limit } = slots;
    const room = limit * ctx.config.callsPerSlot;
    found.push({
      link,
      candidate: {
        node: link.node,
        rank: rankOf(known, ctx.knownNodes.isOpen),
        proven: isSeed || ctx.comparisons.isProven(link.node, release),
        network: isSeed ? null : known.network,
        state: held.state,
        quarantined: held.state === 'quarantined' ? (held.reason ?? 'it says not why') : null,
        draining: draining || ctx.standings.hasLeft(link),
        full: used >= room || !ctx.standings.hasRoom(link.node, room, groups),
        health: ctx.standings.stateOf(link.node),
        outstanding: ctx.standings.outstanding(link.node),
        latencyMs: ctx.standings.latencyMs(link.node, release),
      },
    });
  }
  return found;
}

function rankOf({ class: stands }: KnownNode, isOpen: boolean): CandidateRank {
  if (stands === 'unknown') return 'unknown';
  return stands === 'newcomer' && !isOpen ? 'newcomer' : 'standing';
}
