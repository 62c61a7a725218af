import { randomBytes } from 'node:crypto';
import { type OpenReceipts, openReceiptSession, type PrivateKey } from '@callable/protocol';

/** The receipts of a node in a test: real batches, made at the end of a tick. */
export function createTestReceipts(
  key: PrivateKey,
  clock: () => number = Date.now,
): { id: string; open: OpenReceipts } {
  const start = randomBytes(16).toString('hex');
  let links = 0;
  return {
    id: start.padEnd(64, '0'),
    open(gateway, onBatch) {
      const session = start + (++links).toString(16).padStart(32, '0');
      return openReceiptSession({ key, session, gateway, clock, afterTick: setImmediate, onBatch });
    },
  };
}
