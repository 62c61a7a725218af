import { LogEntry } from '../../log/entry.ts';
import { proofPath } from '../../log/proof-path.ts';
import { count } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import { SignedReceipt } from '../receipt.ts';

/**
 * GET /v1/receipts/{id}/proof: a receipt is a leaf of a batch, the root of the batch is in a statement, the statement is
 * an entry of the log, and the log has a signed checkpoint. Hashes in hex, proofs from the leaf up.
 */
export const ReceiptProof = Type.Object({
  receipt: SignedReceipt,
  /** Where the receipt stands in its batch. */
  index: count,
  path: proofPath,
  /** The entry of the log that holds the batch's root, and its place there. */
  entry: LogEntry,
  logIndex: count,
  logPath: proofPath,
  /** The signed note. */
  checkpoint: Type.String({ maxLength: 100_000 }),
});
export type ReceiptProof = Static<typeof ReceiptProof>;
