import type { Digest, Holding, NodeAnnouncement, NodeStatus } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { abilitiesWith } from '../releases/refuse-unsupported.ts';

type Described = Pick<
  NodeContext,
  'cache' | 'formats' | 'replicas' | 'slots' | 'quarantine' | 'receipts' | 'state' | 'peerUrl' | 'troubles'
>;

/** How this node is, without what it holds: read on the way of every call that is attached in one process. */
export function describeStatus({
  formats,
  slots,
  receipts,
  state,
  peerUrl,
  troubles,
}: Pick<Described, 'formats' | 'slots' | 'receipts' | 'state' | 'peerUrl' | 'troubles'>): NodeStatus {
  return {
    slots: { used: slots.used, limit: slots.limit },
    draining: state.draining,
    abilities: abilitiesWith(formats),
    session: receipts.id,
    ...(peerUrl === null ? {} : { peerUrl }),
    ...(troubles.size === 0 ? {} : { troubles: [...troubles.values()].slice(0, 8) }),
  };
}

/** What this node says of itself to the hub and to gateways. */
export function describeNode(context: Described): NodeAnnouncement {
  const quarantined = context.quarantine.list().map(({ release }) => release);
  const held = context.cache.list().map(({ digest }) => digest);
  const holdings = [...new Set([...held, ...quarantined])].flatMap((release) => findHolding(context, release) ?? []);
  return { ...describeStatus(context), holdings };
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
