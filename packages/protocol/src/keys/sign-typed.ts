import { curve } from '#curve';
import { toHex } from '../bytes/hex.ts';
import type { PrivateKey } from './private-key.ts';
import { type FieldValue, hashTyped, type TypedStruct } from './typed-data.ts';

/** `0x` and 65 bytes: r, s (low), v (27 or 28), as Ethereum wallets return them. */
export type Signature = `0x${string}` & { readonly __brand: 'Signature' };

export function signTyped(
  struct: TypedStruct,
  values: Readonly<Record<string, FieldValue>>,
  key: PrivateKey,
): Signature {
  return signHash(hashTyped(struct, values), key);
}

/** Signs a hash that `hashTyped` made: for whoever needs the hash itself too and would compute it twice. */
export function signHash(hash: Uint8Array, key: PrivateKey): Signature {
  const { signature, recovery } = curve.sign(hash, key);
  return `0x${toHex(signature)}${(27 + recovery).toString(16)}` as Signature;
}
