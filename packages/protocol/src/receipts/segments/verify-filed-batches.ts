import { toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import { recoverBytesSigner } from '../../keys/recover-signer.ts';
import type { HashBytes } from '../../log/merkle-hash.ts';
import { growBatchTree } from '../batches/batch-tree.ts';
import { coverBatches } from '../batches/cover-batches.ts';
import { hashBatchBytes, placesInBatch as places } from '../batches/hash-batch-bytes.ts';
import { hashLeaves, type SignedHash } from './leaves-of-batch.ts';
import type { BatchView, SegmentView } from './view-segment.ts';

/** `said`: by its own signature, or by that of a later header which names it. */
export type BatchVerdict =
  | { ok: true; id: string; said: 'itself' | 'later' }
  | { ok: false; why: 'receipt' | 'root' | 'signature' | 'caller' };

/**
 * Whether each batch of a segment is the node's own and these are its receipts, and whether each caller that is named signed
 * its request; in the order of the batches. A header counts as said where its own signature holds, or a sound one that
 * follows it in the segment names it: of a chain the last signature is checked, and others where a link is broken. With
 * `every` each is looked at, and `later` means that it does not hold. `isWanted` leaves batches out beforehand: null.
 */
export function verifyFiledBatches(
  segment: SegmentView,
  options: { hash?: HashBytes; every?: boolean; isWanted?: (batch: BatchView, index: number) => boolean } = {},
): (BatchVerdict | null)[] {
  const { bytes } = segment;
  const { hash = sha256, every = false, isWanted = () => true } = options;
  const leavesOf = hashLeaves(segment, hash);
  const cover = coverBatches();
  const isBy = (said: Uint8Array, signature: number, address: number) => {
    const signer = recoverBytesSigner(said, bytes.subarray(signature, signature + 65));
    return signer !== null && isSame(signer, bytes, address);
  };
  const saidBy = (id: Uint8Array, at: number) => {
    if (!every && cover.covers(bytes, at, id)) return 'later';
    if (isBy(id, at + places.signature, at + places.node)) return 'itself';
    return every && cover.covers(bytes, at, id) ? 'later' : null;
  };
  const verify = (batch: BatchView): BatchVerdict => {
    const signed: SignedHash[] = [];
    const leaves = leavesOf(batch, signed);
    if (!leaves) return { ok: false, why: 'receipt' };
    const isRoot = isSame(growBatchTree(leaves, hash).root, bytes, batch.at + places.root);
    if (!isRoot) return { ok: false, why: 'root' };
    const id = hashBatchBytes(bytes, batch.at);
    const said = saidBy(id, batch.at);
    if (!said) return { ok: false, why: 'signature' };
    // A caller that did not sign is nobody.
    if (!signed.every((one) => isBy(one.hash, one.signature, one.caller))) return { ok: false, why: 'caller' };
    // Only what is kept covers: whoever reads the file must find it there.
    cover.add(bytes, batch.at);
    return { ok: true, id: toHex(id), said };
  };
  const verdicts: (BatchVerdict | null)[] = segment.batches.map(() => null);
  for (const index of fromLast(segment.batches)) {
    const batch = segment.batches[index] as BatchView;
    if (isWanted(batch, index)) verdicts[index] = verify(batch);
  }
  return verdicts;
}

/** The places of batches, those with the highest numbers first: what covers is met before what is covered. */
export const fromLast = (batches: readonly { first: number }[]): number[] =>
  batches.map((_, index) => index).sort((a, b) => (batches[b]?.first ?? 0) - (batches[a]?.first ?? 0));

function isSame(value: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < value.length; index++) if (value[index] !== bytes[at + index]) return false;
  return true;
}
