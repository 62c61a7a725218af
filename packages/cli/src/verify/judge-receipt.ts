import { type NetworkState, nodeOf, type SignedReceipt, verifyReceipt } from '@callable/protocol';
import { resolveRelease } from './find-subject.ts';
import { checked, type Finding, failed, unchecked, undecided } from './finding.ts';
import { judgeAnswer } from './judge-answer.ts';
import { judgeInclusion } from './judge-inclusion.ts';
import type { LogSource } from './open-log-source.ts';
import type { SavedAnswer, Tensors } from './read-answer.ts';
import type { LogReading } from './read-log.ts';

/** Until a receipt is reported, batched and under a checkpoint, milliseconds; seconds as a rule. */
const countingMs = 60_000;

/**
 * Whether an answer is what a node of this log signed, for a release of this log, and counted in one of its batches. What
 * came after the last entry of a copy is not held against a receipt: that copy cannot know it.
 */
export async function judgeReceipt(
  log: LogReading,
  answer: SavedAnswer,
  { source, tensors, now }: { source: LogSource; tensors: Tensors | null; now: number },
): Promise<Finding[]> {
  const { receipt } = answer;
  const verdict = verifyReceipt(receipt, {});
  if (!verdict.ok) return [failed('receipt', `Its ${verdict.field} is not what the node ${nodeOf(receipt)} signed.`)];
  const isCopy = source.client === null;
  const isNewer = receipt.finishedAt > (isCopy ? log.newestAt : now) - countingMs;
  const newer = isNewer ? (isCopy ? newerThan(log) : fresh) : null;
  const unknown = isCopy ? newer : null;
  return [
    checked('receipt', `${verdict.id} is signed by the node ${nodeOf(receipt)}.`),
    ...judgeAnswer(answer, tensors),
    judgeNodeOf(log.state, receipt, unknown),
    judgeReleaseOf(log.state, receipt, unknown),
    ...judgeName(log, answer),
    await judgeInclusion(log, receipt, source, newer),
  ];
}

const fresh = 'It is not in a batch yet: a call is counted within a minute. Verify it again then.';

const newerThan = ({ newestAt }: LogReading) =>
  `It is newer than this copy, whose last entry is of ${new Date(newestAt).toISOString()}: copy the log again.`;

function judgeNodeOf(state: NetworkState, receipt: SignedReceipt, newer: string | null): Finding {
  const node = nodeOf(receipt);
  const known = state.nodes.get(node);
  if (!known?.joinedAt)
    return newer === null ? failed('node', `${node} never joined this network.`) : undecided('node', newer);
  return known.convicted
    ? failed('node', `${node} was caught lying: ${known.convicted.message}`)
    : checked('node', `It joined ${new Date(known.joinedAt).toISOString()} and was not caught lying.`);
}

function judgeReleaseOf(state: NetworkState, { release }: SignedReceipt, newer: string | null): Finding {
  const digest = `sha256:${release}`;
  if (state.releases.get(digest)?.publisher) return checked('release', `${digest} was published in this log.`);
  return newer === null ? failed('release', `${digest} is not in this log.`) : undecided('release', newer);
}

/** The name beside the receipt, which signs the digest alone. */
function judgeName(log: LogReading, { receipt, said }: SavedAnswer): Finding[] {
  if (typeof said?.release !== 'string') return [];
  const found = resolveRelease(log, said.release);
  if (found === `sha256:${receipt.release}`) return [checked('name', `In this log it is ${said.release}.`)];
  return [
    found === null
      ? unchecked('name', `This log does not know ${said.release}.`)
      : failed('name', `In this log ${said.release} is another release.`),
  ];
}
