import type { Address, AuditStage, Digest, SignedReceipt, Statement } from '@callable/protocol';
import type { JsonText } from './json-text.ts';

/** One receipt or validation that is run again. What follows from it is in the log; this is the book of who is asked. */
export interface AuditTable {
  /** Id of the receipt, or of the statement without its `sha256:`. */
  receipt: string;
  kind: 'call' | 'validation';
  node: Address;
  release: Digest;
  stage: AuditStage;
  /** What it waits for, or how it ended. */
  message: string;
  outcome: string | null;
  /** Who is drawn at present. */
  auditors: JsonText<Address[]>;
  /** Those of them who have said what they found. */
  said: JsonText<Address[]>;
  /** Who was drawn before and did not do it. */
  passed_over: JsonText<Address[]>;
  /** The first auditor, when it found a lie. */
  accuser: Address | null;
  audit_class: number;
  tolerance: number;
  /** The checkpoint by which it was drawn. */
  size: number;
  root: string;
  drawn_at: number;
  stage_at: number;
  /** How often the node was asked to show the call, and when it was last. */
  asked: number;
  asked_at: number | null;
  disclosed_at: number | null;
  /** The signed receipt or statement. */
  signed: JsonText<SignedReceipt | Statement>;
}
