import { createHash } from 'node:crypto';
import {
  ByteWriter,
  batchBytes,
  hashLeaf,
  hashTree,
  type MerkleHash,
  readSubtreesOfLeaves,
  receiptLeaf,
  type SignedBatch,
  type SignedReceipt,
  splitSegments,
  toHex,
  walkSegment,
  writeBatch,
} from '@callable/protocol';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { LogSource } from './open-log-source.ts';
import type { LogReading } from './read-log.ts';

const hashBytes = 32;
const signatureBytes = 65;

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
    const { leaves, isHere, isOther } =
      batch.calls === undefined ? lookIn(leavesOf(bytes), wanted) : lookInSegments(bytes, receipt, wanted);
    if (!isHere && !isOther) continue;
    if (leaves.length !== batch.count || (await rootOf(leaves)) !== batch.root)
      return failed(what, `The batch of entry ${index} does not have the root the log says.`);
    return checked(
      what,
      `It is in the batch of entry ${index}, ${receipt.version === 3 ? `under one of ${batch.count} headers` : `one of ${batch.count} receipts`} under its root.${isHere ? '' : ' The header stands there with another signature than yours: that of the log alone may prove nothing.'}`,
    );
  }
  if (newer !== null) return unchecked(what, newer);
  return missing > 0
    ? unchecked(what, `It is in none of the batches here; the files of ${missing} are missing.`)
    : failed(what, 'It is in none of the batches of this log: it was not counted.');
}

/** `isOther`: the header of the receipt is here, and what stands where its signature should is not what it came with. */
type Look = { leaves: MerkleHash[]; isHere: boolean; isOther: boolean };

const lookIn = (leaves: MerkleHash[], wanted: string): Look => {
  const isHere = leaves.some((leaf) => toHex(leaf) === wanted);
  return { leaves, isHere, isOther: false };
};

/** Among signed headers, wherever they stand in the segments of a file. Bytes that are no segments have none. */
function lookInSegments(file: Uint8Array, receipt: SignedReceipt, wanted: string): Look {
  const headers = (splitSegments(file) ?? []).flatMap((segment) =>
    (walkSegment(segment) ?? []).map(({ at }) => segment.subarray(at, at + batchBytes)),
  );
  const header = receipt.version === 3 ? headerBytes(receipt.batch) : null;
  const isOther =
    header !== null && headers.some((one) => Buffer.compare(one.subarray(0, header.length), header) === 0);
  return {
    ...lookIn(
      headers.map((one) => hashLeaf(one, hash)),
      wanted,
    ),
    isOther,
  };
}

/** What is signed of a header, as it stands in a segment. */
function headerBytes(batch: SignedBatch): Uint8Array {
  const bytes = new ByteWriter();
  writeBatch(bytes, batch);
  return bytes.finish().subarray(0, batchBytes - signatureBytes);
}

const leavesOf = (bytes: Uint8Array): MerkleHash[] =>
  Array.from({ length: Math.floor(bytes.length / hashBytes) }, (_, i) =>
    bytes.subarray(i * hashBytes, (i + 1) * hashBytes),
  );

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** The root over the leaves of a batch, hex. */
export async function rootOf(leaves: readonly MerkleHash[]): Promise<string> {
  return toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hash), hash));
}
