import { createHash } from 'node:crypto';
import {
  batchBytes,
  hashLeaf,
  hashTree,
  type MerkleHash,
  readSubtreesOfLeaves,
  receiptLeaf,
  type SignedReceipt,
  splitSegments,
  toHex,
  walkSegment,
} from '@callable/protocol';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { LogSource } from './open-log-source.ts';
import type { LogReading } from './read-log.ts';

const hashBytes = 32;

/** Whether a receipt is in a batch of this log. The leaf hashes of a batch are a file beside it; their root is in the log. */
export async function judgeInclusion(
  log: Pick<LogReading, 'batches'>,
  receipt: SignedReceipt,
  source: Pick<LogSource, 'read'>,
  newer: string | null,
): Promise<Finding> {
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
    const leaves = batch.calls === undefined ? leavesOf(bytes) : leavesOfSegments(bytes);
    if (!leaves.some((leaf) => toHex(leaf) === wanted)) continue;
    if (leaves.length !== batch.count || (await rootOf(leaves)) !== batch.root)
      return failed(what, `The batch of entry ${index} does not have the root the log says.`);
    return checked(
      what,
      `It is in the batch of entry ${index}, ${receipt.version === 3 ? `under one of ${batch.count} headers` : `one of ${batch.count} receipts`} under its root.`,
    );
  }
  if (newer !== null) return unchecked(what, newer);
  return missing > 0
    ? unchecked(what, `It is in none of the batches here; the files of ${missing} are missing.`)
    : failed(what, 'It is in none of the batches of this log: it was not counted.');
}

/** Signed headers, wherever they stand in the segments of a file. Bytes that are no segments have none. */
const leavesOfSegments = (file: Uint8Array): MerkleHash[] =>
  (splitSegments(file) ?? []).flatMap((segment) =>
    (walkSegment(segment) ?? []).map(({ at }) => hashLeaf(segment.subarray(at, at + batchBytes), hash)),
  );

const leavesOf = (bytes: Uint8Array): MerkleHash[] =>
  Array.from({ length: Math.floor(bytes.length / hashBytes) }, (_, i) =>
    bytes.subarray(i * hashBytes, (i + 1) * hashBytes),
  );

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** The root over the leaves of a batch, hex. */
export async function rootOf(leaves: readonly MerkleHash[]): Promise<string> {
  return toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hash), hash));
}
