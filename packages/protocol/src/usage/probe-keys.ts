import { fromHex, toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { addressOf, type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { smallHmac } from '../keys/small-hmac.ts';

const purpose = new TextEncoder().encode('callable probe key');

/**
 * The key with this number of a day: HMAC-SHA256, keyed with the secret of the day, of the words `callable probe key`, the day and the
 * number (u32 each, big-endian). Null where that is no key, once in 2^128: the number is passed over. Nobody tells such a key from
 * another before the secret is known.
 */
export function deriveProbeKey(secret: string, day: number, number: number): PrivateKey | null {
  const bytes = fromHex(secret);
  if (bytes?.length !== 32) throw new RangeError('The secret of a day is 32 bytes in hex.');
  const message = new Uint8Array(purpose.length + 8);
  message.set(purpose);
  const view = new DataView(message.buffer);
  view.setUint32(purpose.length, day);
  view.setUint32(purpose.length + 4, number);
  return parsePrivateKey(toHex(smallHmac(bytes, message)));
}

/** The addresses of the keys that a `probes.revealed` statement shows, one after the other. */
export function* listProbes({ secret, day, keys }: { secret: string; day: number; keys: number }): Generator<Address> {
  for (let number = 0; number < keys; number++) {
    const key = deriveProbeKey(secret, day, number);
    if (key) yield addressOf(key);
  }
}
