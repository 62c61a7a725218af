import type { NodeAnnouncement } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { abilitiesWith } from '../releases/refuse-unsupported.ts';

/** What this node says of itself to the hub and to gateways. */
export function describeNode({
  cache,
  formats,
  replicas,
  slots,
  quarantine,
  receipts,
  state,
  peerUrl,
}: Pick<
  NodeContext,
  'cache' | 'formats' | 'replicas' | 'slots' | 'quarantine' | 'receipts' | 'state' | 'peerUrl'
>): NodeAnnouncement {
  return {
    slots: { used: slots.used, limit: slots.limit },
    holdings: cache.list().map(({ digest }) => ({ release: digest, state: replicas.find(digest) ? 'warm' : 'cached' })),
    quarantined: quarantine.list(),
    draining: state.draining,
    abilities: abilitiesWith(formats),
    session: receipts.id,
    ...(peerUrl === null ? {} : { peerUrl }),
  };
}
