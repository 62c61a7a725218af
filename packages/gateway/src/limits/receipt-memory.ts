import type { Address } from '@callable/protocol';
import { BoundedMap } from './bounded-map.ts';

/** Far more than one node has under way at once; a number this far behind the newest is refused unseen. */
const window = 4_096;

/**
 * The numbers of receipts each node has used. They need not arrive in order, since a large answer takes longer to
 * cross than the next small one; but none is taken twice, and none from long ago.
 */
export type ReceiptMemory = {
  /** Whether this number is new for this node; it is remembered. */
  remember(node: Address, seq: number): boolean;
};

export function createReceiptMemory(): ReceiptMemory {
  const nodes = new BoundedMap<Address, { newest: number; seen: Set<number> }>(20_000);
  return {
    remember(node, seq) {
      const known = nodes.get(node) ?? { newest: -1, seen: new Set<number>() };
      if (seq <= known.newest - window || known.seen.has(seq)) return false;
      known.seen.add(seq);
      known.newest = Math.max(known.newest, seq);
      if (known.seen.size > 2 * window)
        for (const old of known.seen) if (old <= known.newest - window) known.seen.delete(old);
      nodes.set(node, known);
      return true;
    },
  };
}
