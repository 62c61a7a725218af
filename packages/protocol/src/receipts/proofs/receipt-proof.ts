import { LogEntry } from '../../log/entry.ts';
import { proofPath } from '../../log/proof-path.ts';
import { count } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import { SignedReceipt } from '../receipt.ts';

/**
 * GET /v1/receipts/{id}/proof: a receipt is a leaf under a statement, the statement is an entry of the log, and the log has a
 * signed checkpoint. Since version 3 the leaf is the signed header of its batch (`leafOfBatch`), to which the receipt brings
 * its own path: GET /v1/sessions/{session}/receipts/{number}/proof. Hashes in hex, proofs from the leaf up.
 */
export const ReceiptProof = Type.Object({
  receipt: SignedReceipt,
  /** Where the receipt, since version 3 the header of its batch, stands among the leaves of the statement. */
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
