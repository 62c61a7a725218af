import { type GoodLinkAnswer, hexOfDigest, type LinkCallHead } from '@callable/protocol';

export type AnswerVerdict = { ok: true } | { ok: false; field: string };

/**
 * Whether an answer may be passed on: its receipt, which its link has found in a batch that the node signed for us, tells of
 * this very call and of these very bytes, and the bytes are one JSON value that can be spliced into ours.
 * Against: another model's answer, a receipt of another call, bytes altered after signing, outputs that close our object
 * early to put a digest or receipt of their own beside themselves. `came` tells of the bytes as they came, in pieces or
 * whole.
 */
export function checkAnswer(
  call: LinkCallHead,
  { receipt }: GoodLinkAnswer,
  came: { response: string; isSound: boolean },
): AnswerVerdict {
  if (receipt.caller !== call.caller) return { ok: false, field: 'caller' };
  if (receipt.release !== hexOfDigest(call.release)) return { ok: false, field: 'release' };
  if (receipt.request !== call.request) return { ok: false, field: 'request' };
  if (receipt.response !== came.response) return { ok: false, field: 'response' };
  if (!came.isSound) return { ok: false, field: 'outputs' };
  // The link says the answer is whole, and so must the receipt: it counts as one.
  return receipt.end === 0 ? { ok: true } : { ok: false, field: 'end' };
}
