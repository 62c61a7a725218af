import { Type } from 'typebox';
import { SignedReceipt } from '../../receipts/receipt.ts';
import { address, bytes32, digest, time, verdict } from './fields.ts';

/** subject: the address of the audited node. Signed by the hub: who shall run a call of its again. */
export const AuditDrawn = Type.Object({
  /** Id of the receipt. */
  receipt: bytes32,
  release: digest,
  auditors: Type.Array(address, { minItems: 1, maxItems: 16 }),
  /** Whether they run the pinned wasm, whose answer is the same everywhere and decides. */
  exact: Type.Boolean(),
});

/** subject: the address of the audited node. Signed by an auditor that was drawn. */
export const AuditFinished = Type.Object({
  receipt: bytes32,
  release: digest,
  exact: Type.Boolean(),
  /** `ok` is whether the answer was right; the reason tells a wrong answer from one that was not shown. */
  ...verdict,
  runtime: Type.String({ maxLength: 120 }),
  /** Largest difference as a share of the largest value; null when there was nothing to compare. */
  difference: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  /** How large it may be. */
  tolerance: Type.Number({ minimum: 0 }),
});

/**
 * subject: the address of a node. By anybody: two receipts the node signed under one sequence number. The signatures
 * alone prove it, so nobody's word is needed.
 */
export const ReceiptForked = Type.Object({ first: SignedReceipt, second: SignedReceipt });

/** subject: the hub. Signed by the hub: receipts that entered the log as the leaves of a Merkle tree. */
export const ReceiptsBatched = Type.Object({
  count: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  root: bytes32,
  /** When the first and the last of them ended, by their nodes' clocks. */
  from: time,
  to: time,
});
