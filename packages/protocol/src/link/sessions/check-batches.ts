import { toHex } from '../../bytes/hex.ts';
import type { Address } from '../../identity/address.ts';
import type { MerkleHash } from '../../log/merkle-hash.ts';
import type { ArrivedBatch } from '../../receipts/batches/arrived-batch.ts';
import { verifyBatch } from '../../receipts/batches/batch-header.ts';
import { growBatchTree } from '../../receipts/batches/batch-tree.ts';
import type { Receipt3 } from '../../receipts/batches/receipt-3.ts';
import { decodeReceipt, leafOfReceipt } from '../../receipts/batches/receipt-bytes.ts';
import { zeroBytes32 } from '../../receipts/receipt-fields.ts';
import { type BatchPayload, decodeBatchPayload } from '../frames/batch-payload.ts';

/** A batch that may be taken, with its receipts and the streams they are for, in order. */
export type CheckedBatch = { arrived: ArrivedBatch; answers: { stream: number; receipt: Receipt3 }[] };

/** From the start of a call to the signature of its batch: the longest deadline, and as much again to write it down. */
const longestCallMs = 2 * 3_600_000;
const halfOfSession = 32;

/**
 * Judges the batches of one link, one after the other: this node's, for this gateway, of the one session that the link has,
 * numbered and chained without a gap from 0, and signed over just these receipts. Null for anything else: a batch that was
 * repeated, skipped, forked or meant for somebody else is evidence that nobody could take in.
 */
export function createBatchChecks(
  node: Address,
  gateway: Address,
): {
  /** `announced` is what the node says of its session: the first half is that of all its links. */
  check(payload: Uint8Array, announced: string | undefined): CheckedBatch | null;
} {
  let session: string | null = null;
  let [first, previous] = [0, zeroBytes32];

  return {
    check(payload, announced) {
      const said = decodeBatchPayload(payload);
      if (!said) return null;
      const { batch } = said;
      if (batch.node !== node || batch.gateway !== gateway) return null;
      if (batch.first !== first || batch.previous !== previous) return null;
      if (batch.session !== (session ?? batch.session) || !isOfStart(batch.session, announced)) return null;
      const read = readReceipts(said);
      if (!read) return null;
      const tree = growBatchTree(read.leaves);
      // Last: it is the only one that costs.
      const id = toHex(tree.root) === batch.root ? verifyBatch(batch) : null;
      if (!id) return null;
      ({ session } = batch);
      first += batch.count;
      previous = id;
      return { arrived: { batch, id, tree, leaves: read.leaves, dropped: new Set() }, answers: read.answers };
    },
  };
}

/** One link of the start that was announced; that with the number 0 is none. */
function isOfStart(session: string, announced: string | undefined): boolean {
  if (announced === undefined || session === announced) return false;
  return session.slice(0, halfOfSession) === announced.slice(0, halfOfSession);
}

function readReceipts({ batch, receipts }: BatchPayload): {
  leaves: MerkleHash[];
  answers: CheckedBatch['answers'];
} | null {
  const leaves: MerkleHash[] = [];
  const answers: CheckedBatch['answers'] = [];
  for (const { stream, bytes } of receipts) {
    const receipt = decodeReceipt(bytes);
    if (receipt?.seq !== batch.first + leaves.length) return null;
    if (receipt.finishedAt > batch.issuedAt || batch.issuedAt - receipt.startedAt > longestCallMs) return null;
    leaves.push(leafOfReceipt(bytes));
    answers.push({ stream, receipt });
  }
  return { leaves, answers };
}
