import type { Digest, NodeAnnouncement, NodeLink, ReplicaState } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { CallGroups } from '../standings/call-groups.ts';
import type { Candidate } from '../standings/candidate.ts';

/** Every connected node with what this gateway knows of it for this release, and whether these callers have room there; null asks for nobody. */
export function listCandidates(
  ctx: Pick<GatewayContext, 'links' | 'standings' | 'convicted' | 'config'>,
  release: Digest,
  groups: CallGroups | null,
): { link: NodeLink; candidate: Candidate }[] {
  const found: { link: NodeLink; candidate: Candidate }[] = [];
  for (const link of ctx.links.list()) {
    // It would answer anything; no receipt of it counts any more.
    if (ctx.convicted.has(link.node)) continue;
    const announcement = link.announcement();
    const index = indexOf(announcement);
    const state = index.holdings.get(release) ?? null;
    const quarantined = index.quarantined.get(release) ?? null;
    if (state === null && quarantined === null) continue;
    const { used, limit } = announcement.slots;
    const room = limit * ctx.config.callsPerSlot;
    found.push({
      link,
      candidate: {
        node: link.node,
        state,
        quarantined,
        draining: announcement.draining,
        full: used >= room || !ctx.standings.hasRoom(link.node, room, groups),
        ejected: ctx.standings.isEjected(link.node),
        outstanding: ctx.standings.outstanding(link.node),
        latencyMs: ctx.standings.latencyMs(link.node, release),
      },
    });
  }
  return found;
}

type Index = { holdings: Map<Digest, ReplicaState>; quarantined: Map<Digest, string> };
const indexes = new WeakMap<NodeAnnouncement, Index>();

/** An announcement may name ten thousand releases and is read on every call: it is indexed once. */
function indexOf(announcement: NodeAnnouncement): Index {
  const known = indexes.get(announcement);
  if (known) return known;
  const index = {
    holdings: new Map(announcement.holdings.map(({ release, state }) => [release, state])),
    quarantined: new Map(announcement.quarantined.map(({ release, reason }) => [release, reason])),
  };
  indexes.set(announcement, index);
  return index;
}
