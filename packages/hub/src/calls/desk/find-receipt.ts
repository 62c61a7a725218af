import {
  ByteReader,
  batchBytes,
  type CallRecord,
  decodeBatch,
  encodeReceipt,
  type FiledBatch,
  growBatchTree,
  leafOfReceipt,
  type MerkleHash,
  proveInclusion,
  readBatch,
  readSubtreesOfLeaves,
  receiptOfBatch,
  type SignedReceipt3,
  segmentPrefix,
  toHex,
  verifyBatch,
  walkSegment,
} from '@callable/protocol';
import { hashBytes } from '../../log/directory/hash-bytes.ts';
import { leavesOfFile } from './batch-leaves.ts';
import { type Place, readPlace, readWhole } from './place.ts';

export type Wanted = { node: string; session: string; number: number };

/** A receipt that proves itself, or why there is none: it is a bare hash, or its header is covered by a later one alone. */
export type FoundReceipt = { at: number } & (
  | { receipt: SignedReceipt3 }
  | { receipt: null; why: 'hash' | 'signature' }
);

/** A receipt in a segment, with its path; null when it is not there. */
export function findReceipt(place: Place, wanted: Wanted): FoundReceipt | null {
  const bytes = readPlace(place);
  const found = bytes && findBatch(bytes, wanted);
  if (!found) return null;
  const { batch, records, at } = found;
  const record = records[wanted.number - batch.first];
  if (record?.kind !== 'call') return { receipt: null, why: 'hash', at };
  // attack: what is handed out as proof would be taken for a forgery of ours.
  if (!verifyBatch(batch)) return { receipt: null, why: 'signature', at };
  return { receipt: receiptOfBatch(record.receipt, batch, growBatchTree(records.map(leafOf))), at };
}

const leafOf = (record: CallRecord): MerkleHash =>
  record.kind === 'hash' ? record.leaf : leafOfReceipt(encodeReceipt(record.receipt));

/** The batch that has a number of a session. Only it is decoded. */
function findBatch(segment: Uint8Array, { node, session, number }: Wanted): FiledBatch | null {
  for (const { at } of walkSegment(segment) ?? []) {
    const batch = readBatch(new ByteReader(segment.subarray(at, at + batchBytes)));
    if (batch?.node !== node || batch.session !== session) continue;
    if (number < batch.first || number >= batch.first + batch.count) continue;
    return decodeBatch(segment, at);
  }
  return null;
}

/** The place of a header among the leaves of a file beside the log, and the way from there to the root. */
export async function proveBatch(
  path: string,
  { offset, at }: { offset: number; at: number },
): Promise<{ index: number; path: string[] } | null> {
  const file = readWhole(path);
  const leaves = file && leavesOfFile(file);
  if (!leaves) return null;
  let index = 0;
  for (let from = 0; from < offset - segmentPrefix; ) {
    const length = file.readUInt32BE(from);
    index += walkSegment(file.subarray(from + segmentPrefix, from + segmentPrefix + length))?.length ?? 0;
    from += segmentPrefix + length;
  }
  const length = file.readUInt32BE(offset - segmentPrefix);
  index += walkSegment(file.subarray(offset, offset + length))?.findIndex((batch) => batch.at === at) ?? 0;
  const proof = await proveInclusion(index, leaves.length, readSubtreesOfLeaves(leaves, hashBytes), hashBytes);
  return { index, path: proof.map(toHex) };
}
