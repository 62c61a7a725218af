import { curve } from '#curve';
import { fromHex, toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { addressOfPublicKey } from './private-key.ts';
import { type FieldValue, hashTyped, type TypedStruct } from './typed-data.ts';

const halfOrder = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';

/**
 * Who signed this, or null when the signature is malformed.
 * High-s signatures are refused: each valid signature has a mirror image, and accepting both would give one
 * statement two spellings (a malleability replay).
 */
export function recoverSigner(
  struct: TypedStruct,
  values: Readonly<Record<string, FieldValue>>,
  signature: string,
): Address | null {
  const bytes = fromHex(signature);
  if (bytes?.length !== 65) return null;
  const recovery = (bytes[64] ?? 0) - 27;
  if (recovery !== 0 && recovery !== 1) return null;
  if (toHex(bytes.subarray(32, 64)) > halfOrder) return null;
  const publicKey = curve.recover(hashTyped(struct, values), bytes.subarray(0, 64), recovery);
  return publicKey ? addressOfPublicKey(publicKey) : null;
}
