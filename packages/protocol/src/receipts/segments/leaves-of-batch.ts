import { sha256 } from '../../bytes/sha256.ts';
import type { HashBytes, MerkleHash } from '../../log/merkle-hash.ts';
import { hashSignedCalls } from './hash-signed-call.ts';
import { leafBytes, writeLeafOfCall } from './leaf-of-call.ts';
import type { BatchView, SegmentView } from './view-segment.ts';

/** A call whose caller signed it, with the hash of what was signed, and where signature and caller stand. */
export type SignedHash = { hash: Uint8Array; signature: number; caller: number };

/**
 * Hashes the leaves of the batches in a segment, in order; null where one says what no receipt can. `signed` is filled with
 * the calls that name a caller. What the batches of a segment share is made once.
 */
export function hashLeaves(
  segment: SegmentView,
  hash: HashBytes = sha256,
): (batch: BatchView, signed?: SignedHash[]) => MerkleHash[] | null {
  const hashCall = hashSignedCalls(segment);
  const into = leafBytes();
  return (batch, signed) => {
    const leaves: MerkleHash[] = [];
    for (const record of batch.records) {
      if (record.kind === 'hash') {
        leaves.push(segment.bytes.subarray(record.at, record.end));
        continue;
      }
      const request = record.signed && hashCall(batch, record.signed);
      if (record.signed && !request) return null;
      if (!writeLeafOfCall(into, segment, record, batch.first + leaves.length, request)) return null;
      leaves.push(hash(into.leaf));
      if (record.signed && request) signed?.push({ ...record.signed, hash: request });
    }
    return leaves;
  };
}
