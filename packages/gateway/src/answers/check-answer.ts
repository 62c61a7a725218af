import {
  hexOfDigest,
  type LinkAnswerHead,
  type LinkCallHead,
  type NodeLink,
  type ReleaseView,
  sessionOf,
  verifyReceipt,
} from '@callable/protocol';
import type { GatewayContext } from '../context.ts';

export type GoodAnswer = Extract<LinkAnswerHead, { ok: true }>;
export type AnswerVerdict = { ok: true } | { ok: false; field: string };

/**
 * Whether an answer may be passed on: its receipt was signed by the node that was asked, tells of this very call
 * and of these very bytes, was not shown before, and the bytes are one JSON value that can be spliced into ours.
 * Against: another model's answer, a stale or foreign receipt, bytes altered after signing, outputs that close our
 * object early to put a digest or receipt of their own beside themselves. `came` tells of the bytes as they came, in
 * pieces or whole.
 */
export function checkAnswer(
  ctx: Pick<GatewayContext, 'receipts'>,
  release: ReleaseView,
  call: LinkCallHead,
  link: Pick<NodeLink, 'node' | 'announcement'>,
  head: GoodAnswer,
  came: { response: string; isSound: boolean },
): AnswerVerdict {
  const { manifest } = release;
  const verdict = verifyReceipt(head.receipt, {
    node: link.node,
    caller: call.caller,
    release: hexOfDigest(call.release),
    request: call.request,
    nonce: call.nonce,
    response: came.response,
  });
  if (!verdict.ok) return verdict;
  if (head.receipt.model !== manifest.files.find(({ path }) => path === manifest.entry)?.sha256)
    return { ok: false, field: 'model' };
  if (!came.isSound) return { ok: false, field: 'outputs' };
  // The link says the answer is whole, and so must the receipt: it counts as one.
  if (head.receipt.version === 2 && head.receipt.end !== 0) return { ok: false, field: 'end' };
  const session = sessionOf(head.receipt);
  // A node numbers its receipts in the session that it opened here, in no other.
  const opened = link.announcement().session ?? session;
  if (opened !== session) return { ok: false, field: 'session' };
  // Last, so that a forged receipt cannot use up a number of the node it names.
  return ctx.receipts.remember(link.node, head.receipt.seq, session) ? { ok: true } : { ok: false, field: 'seq' };
}
