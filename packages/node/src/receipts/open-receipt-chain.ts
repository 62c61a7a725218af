import { join } from 'node:path';
import { readSmallFile, writeDurably } from '@callable/disk';
import {
  addressOf,
  CallableError,
  issueReceipt,
  type PrivateKey,
  type Receipt1,
  type SignedReceipt,
  zeroBytes32,
} from '@callable/protocol';

/** This node's receipts, numbered and chained: two with one number would be proof against the operator. */
export type ReceiptChain = AsyncDisposable & {
  issue(call: Omit<Receipt1, 'version' | 'node' | 'seq' | 'prev'>): Promise<IssuedReceipt>;
};

export type IssuedReceipt = { receipt: SignedReceipt; id: string };

/** Numbers reserved on disk at a time: one fsync per block, and at most this many are skipped by a kill -9. */
const blockSize = 1000;

type Stored = { reserved: number; prev: string };

/**
 * Opens the chain of a key. Numbers are used only from a block that is reserved durably before, so that no crash
 * gives one twice. After a clean stop the chain goes on; after a crash it begins anew at the next block, with `prev`
 * of zeros, because nobody knows any more which receipt was the last.
 */
export async function openReceiptChain(dataDir: string, key: PrivateKey): Promise<ReceiptChain> {
  const node = addressOf(key);
  const path = join(dataDir, `receipts-${node}.json`);
  let { reserved, prev } = await readStored(path);
  let next = reserved;
  let reserving: Promise<void> | null = null;
  let closed = false;

  const reserveBlock = () => {
    reserving ??= (async () => {
      const upTo = Math.max(reserved, next) + blockSize;
      // Zeros stand for the last receipt from now on: only a clean stop knows it.
      await writeDurably(path, JSON.stringify({ reserved: upTo, prev: zeroBytes32 } satisfies Stored));
      reserved = upTo;
    })().finally(() => {
      reserving = null;
    });
    return reserving;
  };
  await reserveBlock();

  return {
    async issue(call) {
      while (next >= reserved && !closed) await reserveBlock();
      // The last number is on the disk by now as free for the next start.
      if (closed) throw new CallableError('NodeUnavailable', 'This node is stopping.');
      // Nothing may wait between taking the number and moving `prev`: two calls would get one place in the chain.
      const unsigned: Receipt1 = { ...call, version: 1, node, seq: next, prev };
      const { receipt, id } = issueReceipt(unsigned, key);
      next += 1;
      prev = id;
      if (reserved - next < blockSize / 4 && !reserving) reserveBlock().catch(() => undefined);
      return { receipt, id };
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await reserving?.catch(() => undefined);
      await writeDurably(path, JSON.stringify({ reserved: next, prev } satisfies Stored));
    },
  };
}

async function readStored(path: string): Promise<Stored> {
  const text = await readSmallFile(path, 1000);
  if (text === null) return { reserved: 0, prev: zeroBytes32 };
  const value: unknown = await Promise.resolve(text)
    .then(JSON.parse)
    .catch(() => null);
  if (typeof value === 'object' && value !== null && 'reserved' in value && 'prev' in value) {
    const { reserved, prev } = value;
    const sound = typeof reserved === 'number' && Number.isSafeInteger(reserved) && reserved >= 0;
    if (sound && typeof prev === 'string' && /^[0-9a-f]{64}$/.test(prev)) return { reserved, prev };
  }
  throw new Error(
    `${path} is damaged, so this node cannot tell which receipt numbers it has used: start it with a new key, or restore that file.`,
  );
}
