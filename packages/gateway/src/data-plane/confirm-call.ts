import { type Address, CallableError, type NodeLink, provesOnlySignature, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { judgeAnswers } from '../copies/judge-answers.ts';
import { askNode, type Outcome } from './ask-node.ts';
import { chooseVoices } from './choose-voices.ts';
import type { Deadline } from './open-deadline.ts';

type Heard = { node: Address; outcome: Extract<Outcome, { ok: true }> };

/** Two have to agree; where they do not, so many are asked in all. */
const mostAsked = 4;

/**
 * Asks two nodes of two operators and networks and gives the answer of the first on which two agree, before anything is
 * sent. Throws NoSecondNode, AnswersDiffer, or what the nodes say of the call.
 */
export async function confirmCall(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  deadline: Deadline,
): Promise<Heard & { confirmedBy: Address }> {
  const voices = chooseVoices(ctx, release, call).slice(0, mostAsked);
  if (voices.length < 2) throw new CallableError('NoSecondNode', undefined, details(release, voices));
  const heard: Heard[] = [];
  let refusal: CallableError | null = null;
  for (let next = voices.splice(0, 2); next.length > 0; next = voices.splice(0, 1)) {
    const outcomes = await Promise.all(next.map((link) => askNode(ctx, release, call, link, deadline)));
    outcomes.forEach((outcome, index) => {
      const node = next[index]?.node as Address;
      if (outcome.ok) heard.push({ node, outcome });
      else refusal ??= outcome.error;
    });
    const agreed = findAgreed(release, call, heard);
    if (agreed) {
      for (const { node, outcome } of heard) if (node !== agreed.node) ctx.reports.unused(outcome.head);
      return agreed;
    }
    // All that were asked refuse it: the next would say the same of the same call.
    if (heard.length === 0 && outcomes.every((outcome) => !outcome.ok && !outcome.askAnother)) break;
  }
  for (const { outcome } of heard) ctx.reports.unused(outcome.head);
  if (heard.length === 0 && refusal) throw refusal;
  ctx.log.warn({ release: release.digest, nodes: heard.map(({ node }) => node) }, 'a call was not confirmed');
  throw notConfirmed(release, heard, refusal);
}

function findAgreed(
  release: ReleaseView,
  call: Call,
  heard: readonly Heard[],
): (Heard & { confirmedBy: Address }) | null {
  for (const [index, first] of heard.entries())
    for (const second of heard.slice(index + 1)) {
      const bodies = [first.outcome.body, second.outcome.body] as const;
      if (judgeAnswers(release, call.encoding, ...bodies, { isLenient: false }) === 'same')
        return { ...first, confirmedBy: second.node };
    }
  return null;
}

function notConfirmed(release: ReleaseView, heard: readonly Heard[], refusal: CallableError | null): CallableError {
  const [only] = heard;
  if (heard.length > 1 || !only || !refusal) {
    const dice = 'The model draws at random: no two answers are alike, so none can be confirmed. Call without it.';
    const why = provesOnlySignature(release.manifest) ? dice : undefined;
    return new CallableError('AnswersDiffer', why, details(release, heard));
  }
  const message = `${only.node} answered this call, and no other node did: ${refusal.message}`;
  return new CallableError('NoSecondNode', message, details(release, heard));
}

const details = (release: ReleaseView, nodes: readonly Pick<NodeLink, 'node'>[]) => ({
  details: {
    release: release.reference,
    retryAfterSeconds: 1,
    errors: nodes.map(({ node }) => ({ node })),
  },
});
