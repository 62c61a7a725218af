import { drawBytes, type OpenReceipts, openReceiptSession, type PrivateKey, toHex } from '@callable/protocol';

/** The receipts of one run of this node: each of its links is a session of its own. */
export type NodeReceipts = {
  /** What the node announces, 64 hex digits: the half that all its sessions begin with, then zeros. */
  id: string;
  open: OpenReceipts;
  /** Random 32 bytes. */
  salt: () => Uint8Array;
};

/** Enough that no two starts ever draw the same, of whatever copies of a node. */
const randomSessionBytes = 16;
const half = 2 * randomSessionBytes;

/**
 * Nothing of it is kept, so a node that was restored from a copy, or runs twice, repeats no number of another start. The
 * links of one start are numbered from 1.
 */
export function openReceipts(
  key: PrivateKey,
  { random, clock }: { random: (length: number) => Uint8Array; clock: () => number },
): NodeReceipts {
  const start = toHex(random(randomSessionBytes));
  const draw = drawBytes(random);
  let links = 0;
  return {
    id: start.padEnd(2 * half, '0'),
    salt: () => draw(32),
    open(gateway, onBatch) {
      links += 1;
      const session = start + links.toString(16).padStart(half, '0');
      // Everything that became ready in this turn of the loop is here by then, and nothing waits for more.
      return openReceiptSession({ key, session, gateway, clock, afterTick: setImmediate, onBatch });
    },
  };
}
