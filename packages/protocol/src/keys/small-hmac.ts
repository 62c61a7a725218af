import { sha256 } from '@noble/hashes/sha2.js';

const blockBytes = 64;

/** HMAC-SHA256 (RFC 2104) of a key of at most one block, as RFC 6979 has: the general one costs a page 380 bytes more. */
export function smallHmac(key: Uint8Array, message: Uint8Array) {
  if (key.length > blockBytes) throw new RangeError('The key has more than one block.');
  const inner = new Uint8Array(blockBytes + message.length).fill(0x36, 0, blockBytes);
  inner.set(message, blockBytes);
  const outer = new Uint8Array(blockBytes + 32).fill(0x5c, 0, blockBytes);
  key.forEach((byte, at) => {
    inner[at] = 0x36 ^ byte;
    outer[at] = 0x5c ^ byte;
  });
  outer.set(sha256(inner), blockBytes);
  return sha256(outer);
}
