import type { Digest, NodeLink } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import type { Candidate, CandidateRank } from '../standings/candidate.ts';
import type { KnownNode } from '../standings/known-nodes.ts';

export type RoutingContext = Pick<GatewayContext, 'links' | 'standings' | 'knownNodes' | 'comparisons' | 'config'>;

/** As many calls for each slot are few, whatever they take. */
const fewPerSlot = 32;

/**
 * Every connected node with what this gateway knows of it for this release, and whether these callers have room there; null
 * asks for nobody. A node that has many calls is full for whoever waits no longer than they take, `patienceMs`.
 */
export function listCandidates(
  ctx: RoutingContext,
  release: Digest,
  groups: CallGroups | null,
  patienceMs = Number.POSITIVE_INFINITY,
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
    const outstanding = ctx.standings.outstanding(link.node);
    const latencyMs = ctx.standings.latencyMs(link.node, release);
    const isLate = outstanding >= limit * fewPerSlot && latencyMs !== null && latencyMs > patienceMs;
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
        full: isLate || used >= room || !ctx.standings.hasRoom(link.node, room, groups),
        health: ctx.standings.stateOf(link.node),
        outstanding,
        latencyMs,
      },
    });
  }
  return found;
}

function rankOf({ class: stands }: KnownNode, isOpen: boolean): CandidateRank {
  if (stands === 'unknown') return 'unknown';
  return stands === 'newcomer' && !isOpen ? 'newcomer' : 'standing';
}
