import type { Digest, NodeLink } from '@callable/protocol';
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
    const held = link.find(release);
    if (held === null) continue;
    const { slots, draining } = link.announcement();
    const { used, limit } = slots;
    const room = limit * ctx.config.callsPerSlot;
    found.push({
      link,
      candidate: {
        node: link.node,
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
