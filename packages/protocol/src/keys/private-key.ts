import { curve } from '#curve';
import { fromHex, toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { keccak256 } from './keccak.ts';

/** 32 secret bytes. Never logged, never sent. */
export type PrivateKey = Uint8Array & { readonly __brand: 'PrivateKey' };

/** A private key from its hex text, or null when the text is not a valid secp256k1 scalar. */
export function parsePrivateKey(text: string): PrivateKey | null {
  const bytes = fromHex(text.trim());
  if (bytes?.length !== 32) return null;
  try {
    curve.publicKey(bytes);
    return bytes as PrivateKey;
  } catch {
    return null;
  }
}

/** A new private key from a source of random bytes. Throws when that source is broken. */
export function createPrivateKey(random: (length: number) => Uint8Array): PrivateKey {
  const key = parsePrivateKey(toHex(random(32)));
  // True randomness misses the range of keys once in 2^128: asking a broken source again would never end.
  if (!key) throw new Error('The source of random bytes gave none that make a key.');
  return key;
}

export function addressOf(key: PrivateKey): Address {
  return addressOfPublicKey(curve.publicKey(key));
}

export const addressOfPublicKey = (publicKey: Uint8Array): Address => `0x${toHex(addressBytes(publicKey))}` as Address;

/** Ethereum's rule: the last 20 bytes of keccak-256 of the uncompressed point without its prefix. */
export const addressBytes = (publicKey: Uint8Array): Uint8Array => keccak256(publicKey.subarray(1)).subarray(12);
