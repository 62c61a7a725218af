import type { Digest, Holding, NodeAnnouncement } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { abilitiesWith } from '../releases/refuse-unsupported.ts';

type Described = Pick<
  NodeContext,
  'cache' | 'formats' | 'replicas' | 'slots' | 'quarantine' | 'receipts' | 'state' | 'peerUrl' | 'troubles'
>;

/** What this node says of itself to the hub and to gateways. */
export function describeNode(context: Described): NodeAnnouncement {
  const { cache, formats, slots, quarantine, receipts, state, peerUrl, troubles } = context;
  const quarantined = new Map(quarantine.list().map(({ release, reason }) => [release, reason]));
  const held = cache.list().map(({ digest }) => digest);
  return {
    slots: { used: slots.used, limit: slots.limit },
    holdings: [...new Set([...held, ...quarantined.keys()])].flatMap((release) => findHolding(context, release) ?? []),
    draining: state.draining,
    abilities: abilitiesWith(formats),
    session: receipts.id,
    ...(peerUrl === null ? {} : { peerUrl }),
    ...(troubles.size === 0 ? {} : { troubles: [...troubles.values()].slice(0, 8) }),
  };
}

/** How this node holds a release at this moment. */
export function findHolding(
  { cache, replicas, quarantine }: Pick<NodeContext, 'cache' | 'replicas' | 'quarantine'>,
  release: Digest,
): Holding | null {
  const reason = quarantine.reasonOf(release);
  if (reason !== null) return { release, state: 'quarantined', reason };
  if (!cache.find(release)) return null;
  return { release, state: replicas.find(release) ? 'warm' : 'cached' };
}
