import { createHash } from 'node:crypto';
import {
  hashTree,
  type MerkleHash,
  type NetworkState,
  readSubtreesOfLeaves,
  receiptLeaf,
  type SignedReceipt,
  toHex,
  verifyReceipt,
} from '@callable/protocol';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { LogSource } from './open-log-source.ts';
import type { LogReading } from './read-log.ts';

const hashBytes = 32;

/** Whether a receipt is its node's, for a release of this log, and counted in one of its batches. */
export async function judgeReceipt(log: LogReading, receipt: SignedReceipt, source: LogSource): Promise<Finding[]> {
  const verdict = verifyReceipt(receipt, {});
  if (!verdict.ok) return [failed('receipt', `Its ${verdict.field} is not what the node ${receipt.node} signed.`)];
  return [
    checked('receipt', `${verdict.id} is signed by the node ${receipt.node}.`),
    judgeNodeOf(log.state, receipt),
    judgeReleaseOf(log.state, receipt),
    await judgeInclusion(log, receipt, source),
    unchecked(
      'inputs and outputs',
      'The receipt holds salted digests of them: with the answer and its salt anybody can compute them again.',
    ),
  ];
}

function judgeNodeOf(state: NetworkState, { node }: SignedReceipt): Finding {
  const known = state.nodes.get(node);
  if (!known?.joinedAt) return failed('node', `${node} never joined this network.`);
  return known.convicted
    ? failed('node', `${node} was caught lying: ${known.convicted.message}`)
    : checked('node', `It joined ${new Date(known.joinedAt).toISOString()} and was not caught lying.`);
}

function judgeReleaseOf(state: NetworkState, { release }: SignedReceipt): Finding {
  const digest = `sha256:${release}`;
  return state.releases.get(digest)?.publisher
    ? checked('release', `${digest} was published in this log.`)
    : failed('release', `${digest} is not in this log.`);
}

/** The leaf hashes of a batch are a file beside the log; their root must be the one the log holds. */
async function judgeInclusion(log: LogReading, receipt: SignedReceipt, source: LogSource): Promise<Finding> {
  const what = 'inclusion';
  const wanted = toHex(receiptLeaf(receipt));
  let missing = 0;
  // The youngest first: whoever asks has usually just called.
  for (const [index, batch] of [...log.batches].reverse()) {
    const bytes = await source.read(`receipts/${index}`);
    if (!bytes) {
      missing += 1;
      continue;
    }
    const leaves = leavesOf(bytes);
    if (!leaves.some((leaf) => toHex(leaf) === wanted)) continue;
    if (leaves.length !== batch.count || (await rootOf(leaves)) !== batch.root)
      return failed(what, `The batch of entry ${index} does not have the root the log says.`);
    return checked(what, `It is in the batch of entry ${index}, one of ${batch.count} receipts under its root.`);
  }
  return missing > 0
    ? unchecked(what, `It is in none of the batches here; the files of ${missing} are missing.`)
    : failed(what, 'It is in none of the batches of this log: it was not counted, or not yet.');
}

const leavesOf = (bytes: Uint8Array): MerkleHash[] =>
  Array.from({ length: Math.floor(bytes.length / hashBytes) }, (_, i) =>
    bytes.subarray(i * hashBytes, (i + 1) * hashBytes),
  );

async function rootOf(leaves: readonly MerkleHash[]): Promise<string> {
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  return toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hash), hash));
}
