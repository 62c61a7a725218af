import type { ReceiptFacts } from '../receipts/batches/receipt-facts.ts';
import type { CallSignal } from './call-signal.ts';
import type { LinkRefusal } from './link-answer.ts';
import type { LinkCallHead } from './link-call.ts';

/**
 * Takes one piece of an answer, in order. Whoever sends waits for it before the next: so a slow caller slows the model.
 * Rejects when nobody takes pieces of this answer any more. `salt` is that of the answer, 64 hex digits: whoever hashes the
 * pieces as they pass needs it before the first.
 */
export type OnPiece = (piece: Uint8Array, salt: string) => void | Promise<void>;

/** What a node says of a call that went well; its link signs the facts, with those of all answers of the same tick. */
export type GoodNodeAnswer = {
  ok: true;
  facts: ReceiptFacts;
  /** 64 hex digits; whoever knows it and the tensors can recompute the digests of the receipt. */
  salt: string;
  /** Milliseconds inside the runtime. */
  runMs: number;
  /** The id of an Open Inference Protocol request, echoed. */
  id?: string;
};

/** What ends an answer at the node: its head, and the last piece; of an answer that came whole, the only one. */
export type NodeAnswer = {
  head: GoodNodeAnswer | LinkRefusal;
  body: Uint8Array;
  /** Hears the id of the receipt once it is signed, before the answer goes. Never where the link ended first. */
  onReceipt?: (id: string) => void;
};

/**
 * What a node does with a call: the same function stands behind a link and behind a call in one process. It may hand out
 * pieces where the caller takes them; the head that follows then ends the answer with its receipt, or with a refusal.
 */
export type AnswerCall = (
  head: LinkCallHead,
  body: Uint8Array,
  signal: CallSignal,
  onPiece?: OnPiece,
) => Promise<NodeAnswer>;
