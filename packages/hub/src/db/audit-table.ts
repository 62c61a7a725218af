import type { Address, AuditStage, Digest } from '@callable/protocol';

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
  /** Who is drawn at present; JSON. */
  auditors: string;
  /** Those of them who have said what they found; JSON. */
  said: string;
  /** Who was drawn before and did not do it; JSON. */
  passed_over: string;
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
  /** The signed receipt or statement; JSON. */
  signed: string;
}
