import type { LinkAnswerHead, LinkCallHead } from './link-call.ts';

/** What a node does with a call: the same function stands behind a link and behind a call in one process. */
export type AnswerCall = (
  head: LinkCallHead,
  body: Uint8Array,
  signal: AbortSignal,
) => Promise<{ head: LinkAnswerHead; body: Uint8Array }>;
