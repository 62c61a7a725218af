import { type Static, Type } from 'typebox';
import { LogEntry } from '../log/entry.ts';
import { SignedReceipt } from '../receipts/receipt.ts';
import { bytes32, count, orNull } from '../schema/fields.ts';

/** At most one hash for every level of a tree. */
const path = Type.Array(bytes32, { maxItems: 63 });

/** GET /v1/log: what a reader needs to know before it reads /log/checkpoint. */
export const LogView = Type.Object({
  origin: Type.String(),
  /** C2SP verifier key of the log. */
  vkey: Type.String(),
  /** Size of the published checkpoint; null before the first one. */
  size: orNull(count),
  /** Verifier keys of the witnesses this hub asks, and how many of them every checkpoint carries. */
  witnesses: Type.Array(Type.String()),
  atLeast: count,
  /** `ok`, or why no newer checkpoint is published. */
  state: Type.String(),
});
export type LogView = Static<typeof LogView>;

/**
 * GET /v1/receipts/{id}/proof: a receipt is a leaf of a batch, the root of the batch is in a statement, the statement is
 * an entry of the log, and the log has a signed checkpoint. Hashes in hex, proofs from the leaf up.
 */
export const ReceiptProof = Type.Object({
  receipt: SignedReceipt,
  /** Where the receipt stands in its batch. */
  index: count,
  path,
  /** The entry of the log that holds the batch's root, and its place there. */
  entry: LogEntry,
  logIndex: count,
  logPath: path,
  /** The signed note. */
  checkpoint: Type.String({ maxLength: 100_000 }),
});
export type ReceiptProof = Static<typeof ReceiptProof>;

/** GET /v1/log/proof */
export const LogProof = Type.Object({
  /** From the leaf up for an inclusion proof; as RFC 6962 orders it for a consistency proof. */
  path,
  checkpoint: Type.String(),
});
export type LogProof = Static<typeof LogProof>;
