import type { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { sha256 } from '../../bytes/sha256.ts';
import type { Address } from '../../identity/address.ts';
import { hashLeaf, type MerkleHash } from '../../log/merkle-hash.ts';
import { largestBatch, type SignedBatch } from './batch-header.ts';

/** A signed header as it stands in segments and crosses a link, bytes. */
export const batchBytes = 218;

export function writeBatch(to: ByteWriter, batch: SignedBatch): void {
  to.hex(batch.node, 20);
  to.hex(batch.session, 32);
  to.hex(batch.gateway, 20);
  to.u64(batch.first);
  to.u8(batch.count);
  to.hex(batch.root, 32);
  to.hex(batch.previous, 32);
  to.u64(batch.issuedAt);
  to.hex(batch.signature, 65);
}

/** The hash of a signed header as a leaf of the tree whose root a `receipts.batched` statement names; signature included. */
export function leafOfBatch(batch: SignedBatch): MerkleHash {
  const bytes = new ByteWriter();
  writeBatch(bytes, batch);
  return hashLeaf(bytes.finish(), sha256);
}

/** Null where no header can stand so. Its signature is not checked. */
export function readBatch(from: ByteReader): SignedBatch | null {
  const node = `0x${from.hex(20)}` as Address;
  const session = from.hex(32);
  const gateway = `0x${from.hex(20)}` as Address;
  const first = from.u64();
  const count = from.u8();
  const root = from.hex(32);
  const previous = from.hex(32);
  const issuedAt = from.u64();
  const signature = `0x${from.hex(65)}`;
  if (from.failed || count < 1 || count > largestBatch || issuedAt > 8.64e15) return null;
  return { node, session, gateway, first, count, root, previous, issuedAt, signature };
}
