import type { Address, GoodLinkAnswer, NodeLink, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import { responseOf } from '../answers/response-of.ts';
import type { GatewayContext } from '../context.ts';
import { judgeAnswers } from '../copies/judge-answers.ts';
import { listCandidates } from '../routing/list-candidates.ts';
import { askCopy } from './ask-copy.ts';
import { choosePupil } from './choose-pupil.ts';
import { groupsOf } from './groups-of.ts';

/** An answer that a caller has got. */
type Given = { head: GoodLinkAnswer; body: Uint8Array };

/**
 * Perhaps has another node answer a call too, after its caller has the answer and behind its back: what a node answers is
 * passed on only once it was compared. Almost always this is one look-up.
 */
export function offerCopy(ctx: GatewayContext, release: ReleaseView, call: Call, given: Given): void {
  // attack: calls that refuse copies, five a second, had the turn of all others: nobody new was ever compared.
  if (!call.copy || !ctx.copyPace.isDue(release.digest)) return;
  setImmediate(() => {
    copyCall(ctx, release, call, given).catch((error: unknown) =>
      ctx.log.error({ err: error, release: release.digest }, 'a copy of a call failed'),
    );
  });
}

async function copyCall(ctx: GatewayContext, release: ReleaseView, call: Call, { head, body }: Given): Promise<void> {
  const answered = head.batch.batch.node as Address;
  // In pieces this is the last one alone.
  if (head.receipt.response !== responseOf(head.salt, body)) return;
  const link = choosePupil(ctx, release, call, answered);
  const letGo = link && ctx.copyPace.hold(call.body.length + body.length);
  if (!link || !letGo) return;
  try {
    const other = await askCopy(ctx, release, call, link);
    if (other === null) return;
    const agreement = judgeAnswers(release, call.encoding, body, other, { isLenient: true });
    if (agreement === 'unclear') return;
    ctx.copyPace.settled(link.node, release.digest);
    if (agreement === 'same') {
      ctx.comparisons.right(link.node, release.digest);
      ctx.comparisons.right(answered, release.digest);
    } else await blame(ctx, release, call, { node: answered, body }, { node: link.node, body: other });
  } finally {
    letGo();
  }
}

type Said = { node: Address; body: Uint8Array };

/**
 * Two nodes differ. A seed is believed. Who is right between two others a third says; where there is none, the one whose
 * answers were passed on so far is. It is a hint for this gateway and its log: nobody is convicted by a caller's input.
 */
async function blame(ctx: GatewayContext, release: ReleaseView, call: Call, first: Said, second: Said): Promise<void> {
  const third = findThird(ctx, release, call, [first.node, second.node]);
  const body = third && (await askCopy(ctx, release, call, third));
  const agrees = (one: Said) =>
    body ? judgeAnswers(release, call.encoding, body, one.body, { isLenient: true }) === 'same' : false;
  const isSecondRight = !agrees(first) && agrees(second);
  const wrong = isSecondRight ? first : second;
  ctx.comparisons.differed(wrong.node, release.digest, release.manifest.publisher);
  if (isSecondRight) ctx.comparisons.right(second.node, release.digest);
  ctx.log.warn(
    { node: wrong.node, release: release.digest, by: isSecondRight ? second.node : first.node, third: third?.node },
    'a node answered a copy of a call differently',
  );
}

function findThird(ctx: GatewayContext, release: ReleaseView, call: Call, two: readonly Address[]): NodeLink | null {
  const [first = null] = two;
  if (first !== null && ctx.knownNodes.find(first).class === 'seed') return null;
  const others = listCandidates(ctx, release.digest, groupsOf(release, call)).filter(
    ({ candidate: { node, rank, proven, full, state } }) =>
      rank === 'standing' && proven && !full && state !== 'quarantined' && !two.includes(node),
  );
  return (others.find(({ candidate }) => candidate.network === null) ?? others[0])?.link ?? null;
}
