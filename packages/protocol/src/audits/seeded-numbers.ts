import { sha256 } from '@noble/hashes/sha2.js';

/** Whole numbers from 0 to 2^32 - 1 that look random and are the same wherever the seed is. */
export type NextNumber = () => number;

/**
 * A stream of 32-bit numbers: xoshiro128** from the first 16 bytes of `sha256(seed ‖ label)`, as little-endian words.
 * Nobody has to be surprised by it, only by what a model makes of it, so speed counts: a hash for every number would
 * take longer than most models do.
 */
export function seededNumbers(seed: Uint8Array, label: string): NextNumber {
  const hash = sha256.create().update(seed).update(new TextEncoder().encode(label)).digest();
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  let [a, b, c, d] = [
    view.getUint32(0, true),
    view.getUint32(4, true),
    view.getUint32(8, true),
    view.getUint32(12, true),
  ];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by));
