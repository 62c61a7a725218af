import { fromHex, toHex } from '../../bytes/hex.ts';
import type { Address } from '../../identity/address.ts';
import { canonicalBytes } from '../../json/canonical-json.ts';
import { encodeEntry } from '../../log/entry.ts';
import { rootOfInclusion } from '../../log/inclusion-proof.ts';
import { hashLeaf, type MerkleHash } from '../../log/merkle-hash.ts';
import { openCheckpoint, type WitnessQuorum } from '../../log/open-checkpoint.ts';
import type { NoteKey } from '../../log/signed-note.ts';
import { Check } from '../../schema/check.ts';
import { receiptsBatched } from '../../statements/kinds/receipts-batched.ts';
import { verifyStatement } from '../../statements/verify-statement.ts';
import { leafOfBatch } from '../batches/batch-bytes.ts';
import { bareReceipt } from '../parse-receipt.ts';
import type { SignedReceipt } from '../receipt.ts';
import { verifyReceipt } from '../verify-receipt.ts';
import type { ReceiptProof } from './receipt-proof.ts';

/**
 * The leaf of the log's batch that stands for a receipt: the hash of all that is signed, and of the signature. Not of `more`,
 * whose hash is signed: whoever has it not proves the receipt all the same. Of version 3 the log has headers alone.
 */
export function receiptLeaf(receipt: SignedReceipt): MerkleHash {
  if (receipt.version === 3) return leafOfBatch(receipt.batch);
  const leaf: SignedReceipt & { more?: unknown } = { ...bareReceipt(receipt) };
  delete leaf.more;
  return hashLeaf(canonicalBytes(leaf));
}

export type ReceiptProofVerdict =
  | { ok: true; id: string; size: number }
  | { ok: false; why: 'receipt' | 'batch' | 'statement' | 'entry' | 'checkpoint' };

/**
 * Whether a receipt is in the log of this key: from its signature over the batch and the hub's statement of it up to
 * the checkpoint and its witnesses.
 */
export function verifyReceiptProof(
  proof: ReceiptProof,
  { hub, log, quorum }: { hub: Address; log: NoteKey; quorum?: WitnessQuorum },
): ReceiptProofVerdict {
  const receipt = verifyReceipt(proof.receipt, {});
  if (!receipt.ok) return { ok: false, why: 'receipt' };
  const { statement } = proof.entry;
  const isByHub = statement.kind === receiptsBatched.kind && statement.signer === hub;
  // Its own time: how old a statement may be is not the question here.
  if (!isByHub || !verifyStatement(statement, statement.issuedAt).ok || !Check(receiptsBatched.body, statement.body))
    return { ok: false, why: 'statement' };
  const { count, root } = statement.body;
  const batch = rootOfInclusion(proof.index, count, receiptLeaf(proof.receipt), hashesOf(proof.path));
  if (!batch || toHex(batch) !== root) return { ok: false, why: 'batch' };
  const opened = openCheckpoint(proof.checkpoint, log, quorum);
  if (!opened.ok) return { ok: false, why: 'checkpoint' };
  const { checkpoint } = opened;
  const leaf = hashLeaf(encodeEntry(proof.entry));
  const top = rootOfInclusion(proof.logIndex, checkpoint.size, leaf, hashesOf(proof.logPath));
  return top && toHex(top) === toHex(checkpoint.root)
    ? { ok: true, id: receipt.id, size: checkpoint.size }
    : { ok: false, why: 'entry' };
}

/** Hex that is none becomes a hash that fits nothing. */
const hashesOf = (path: readonly string[]): MerkleHash[] => path.map((hash) => fromHex(hash) ?? new Uint8Array());
