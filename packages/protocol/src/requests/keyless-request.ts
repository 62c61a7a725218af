import { fromHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';

const tag = 'callable-keyless';
const gatewayAt = 16;
const nonceAt = 36;
const bodyAt = 68;
/** Bytes that the hash of a keyless request is made of. */
export const keylessRequestBytes = 100;

/**
 * What a call without a key is called by in its receipt, as its gateway writes it down: the sha256 of these bytes, which are
 * the tag, the gateway, 32 random bytes and the sha256 of the body. Nobody signs it, so nothing is gained by an EIP-712 hash,
 * which costs twelve times as much; whoever is shown the random bytes can still tell for which body a receipt was given.
 * The same array is filled again each time.
 */
export function createKeylessRequest(gateway: Address): (nonce: Uint8Array, body: Uint8Array) => Uint8Array {
  const bytes = new Uint8Array(keylessRequestBytes);
  bytes.set(new TextEncoder().encode(tag));
  bytes.set(fromHex(gateway) ?? new Uint8Array(), gatewayAt);
  return (nonce, body) => {
    bytes.set(nonce, nonceAt);
    bytes.set(body, bodyAt);
    return bytes;
  };
}
