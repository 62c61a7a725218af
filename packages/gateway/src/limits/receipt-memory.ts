import type { Address } from '@callable/protocol';
import { BoundedMap } from './bounded-map.ts';

/** Far more than one node has under way at once; a number this far behind the newest is refused unseen. */
const window = 4_096;

/** Sessions of one node that are remembered; whoever opens more is watched by the hub alone, which sees every receipt. */
const sessions = 8;

/**
 * The numbers of receipts each node has used in each session. They need not arrive in order, since a large answer takes longer to
 * cross than the next small one; but none is taken twice, and none from long ago.
 */
export type ReceiptMemory = {
  /** Whether this number is new for this session of the node; it is remembered. Receipts of version 1 have no session. */
  remember(node: Address, seq: number, session?: string): boolean;
};

type Numbers = { newest: number; seen: Set<number> };

export function createReceiptMemory(): ReceiptMemory {
  const nodes = new BoundedMap<Address, BoundedMap<string, Numbers>>(20_000);
  return {
    remember(node, seq, session = '') {
      const ofNode = nodes.get(node) ?? new BoundedMap<string, Numbers>(sessions);
      const known = ofNode.get(session) ?? { newest: -1, seen: new Set<number>() };
      if (seq <= known.newest - window || known.seen.has(seq)) return false;
      known.seen.add(seq);
      known.newest = Math.max(known.newest, seq);
      if (known.seen.size > 2 * window)
        for (const old of known.seen) if (old <= known.newest - window) known.seen.delete(old);
      ofNode.set(session, known);
      nodes.set(node, ofNode);
      return true;
    },
  };
}
