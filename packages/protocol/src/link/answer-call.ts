import type { LinkAnswerHead, LinkCallHead } from './link-call.ts';

/**
 * Takes one piece of an answer, in order. Whoever sends waits for it before the next: so a slow caller slows the model.
 * Rejects when nobody takes pieces of this answer any more.
 */
export type OnPiece = (piece: Uint8Array) => void | Promise<void>;

/** What ends an answer: its head, and the last piece; of an answer that came whole, the only one. */
export type LinkAnswer = { head: LinkAnswerHead; body: Uint8Array };

/**
 * What a node does with a call: the same function stands behind a link and behind a call in one process. It may hand out
 * pieces where the caller takes them; the head that follows then ends the answer with its receipt, or with a refusal.
 */
export type AnswerCall = (
  head: LinkCallHead,
  body: Uint8Array,
  signal: AbortSignal,
  onPiece?: OnPiece,
) => Promise<LinkAnswer>;
