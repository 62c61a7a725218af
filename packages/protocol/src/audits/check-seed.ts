import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { type Digest, hexOfDigest } from '../identity/digest.ts';

/**
 * The 32 bytes from which everybody in a round makes the inputs of the check of a release, and which salt the digest of the
 * answers: `sha256("callable.round/v1\0" ‖ release digest ‖ round)`. The same for all, so that words can be compared; a new
 * round has others, so that an old digest is of no use; and reports are sealed, so that none is copied within a round.
 */
export function roundSeed(release: Digest, round: string): Uint8Array {
  const hash = sha256.create().update(new TextEncoder().encode('callable.round/v1\0'));
  for (const hex of [hexOfDigest(release), round]) hash.update(fromHex(hex) ?? new Uint8Array(0));
  return hash.digest();
}

/**
 * Under the rules of version 1: the 32 bytes from which a node makes the inputs of its check of a release, and which salt the digest of the answers:
 * `sha256("callable.check/v1\0" ‖ release digest ‖ node address ‖ u64 epoch, little-endian)`.
 * Another node, or another epoch, has other inputs: a copied digest is a wrong one.
 */
export function checkSeed(release: Digest, node: Address, epoch: number): Uint8Array {
  const label = new TextEncoder().encode('callable.check/v1\0');
  const round = new Uint8Array(8);
  new DataView(round.buffer).setBigUint64(0, BigInt(epoch), true);
  const hash = sha256.create().update(label);
  for (const hex of [hexOfDigest(release), node]) hash.update(fromHex(hex) ?? new Uint8Array(0));
  return hash.update(round).digest();
}
