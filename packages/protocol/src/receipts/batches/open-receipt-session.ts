import { toHex } from '../../bytes/hex.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import type { Address } from '../../identity/address.ts';
import { addressOf, type PrivateKey } from '../../keys/private-key.ts';
import type { MerkleHash } from '../../log/merkle-hash.ts';
import type { ArrivedBatch } from './arrived-batch.ts';
import { largestBatch, signBatch } from './batch-header.ts';
import { growBatchTree } from './batch-tree.ts';
import type { Receipt3 } from './receipt-3.ts';
import { encodeReceipt, leafOfReceipt } from './receipt-bytes.ts';
import type { ReceiptFacts } from './receipt-facts.ts';

/** One receipt of a batch that was signed, and what was given with its facts. */
export type BatchEntry<Given> = {
  receipt: Receipt3;
  /** Its leaf in hex. */
  id: string;
  bytes: Uint8Array;
  given: Given;
};

/** A batch that was signed here, with all that is in it, in order. */
export type SignedEntries<Given> = ArrivedBatch & { entries: readonly BatchEntry<Given>[] };

/** The receipts of one link, as its node signs them. */
export type ReceiptSession<Given> = {
  /** Takes the facts of an answer into the batch of this tick. Throws an UnsignableError for what no receipt can say. */
  add(facts: ReceiptFacts, given: Given): void;
  /** What is in no batch yet is never signed. */
  end(): void;
};

/**
 * Opens the receipts of a new link to a gateway. `onBatch` hears of each batch as soon as it is signed: at the end of the
 * tick, or when it is full.
 */
export type OpenReceipts = <Given>(
  gateway: Address,
  onBatch: (batch: SignedEntries<Given>) => void,
) => ReceiptSession<Given>;

/**
 * Numbers from 0 and chained headers: two of one session that overlap are proof against the operator. `afterTick` runs its
 * argument once all that is ready now is here (`setImmediate`): a batch waits for nobody.
 */
export function openReceiptSession<Given>(options: {
  key: PrivateKey;
  /** 64 hex digits that this key never used before. */
  session: string;
  gateway: Address;
  clock: () => number;
  afterTick: (work: () => void) => void;
  onBatch: (batch: SignedEntries<Given>) => void;
}): ReceiptSession<Given> {
  const { key, session, gateway, clock } = options;
  const node = addressOf(key);
  let open: BatchEntry<Given>[] = [];
  let leaves: MerkleHash[] = [];
  let [first, latest, previous] = [0, 0, zeroBytes32];
  let [isDue, hasEnded] = [false, false];

  function sign(): void {
    if (hasEnded || open.length === 0) return;
    const [entries, signed] = [open, leaves];
    [open, leaves] = [[], []];
    const tree = growBatchTree(signed);
    // A clock that was set back must not make an honest node sign what nobody takes.
    const issuedAt = Math.max(clock(), latest);
    const numbers = { first, count: entries.length, root: toHex(tree.root), previous };
    const { batch, id } = signBatch({ node, session, gateway, ...numbers, issuedAt }, key);
    first += entries.length;
    previous = id;
    options.onBatch({ batch, id, tree, leaves: signed, dropped: new Set(), entries });
  }

  return {
    add(facts, given) {
      const receipt: Receipt3 = { version: 3, seq: first + open.length, ...facts };
      const bytes = encodeReceipt(receipt);
      latest = Math.max(latest, receipt.finishedAt);
      const leaf = leafOfReceipt(bytes);
      leaves.push(leaf);
      open.push({ receipt, id: toHex(leaf), bytes, given });
      if (open.length === largestBatch) sign();
      if (isDue) return;
      isDue = true;
      options.afterTick(() => {
        isDue = false;
        sign();
      });
    },
    end() {
      hasEnded = true;
      [open, leaves] = [[], []];
    },
  };
}
