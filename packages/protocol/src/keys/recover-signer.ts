import { curve } from '#curve';
import { fromHex, toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { addressBytes } from './private-key.ts';
import { type FieldValue, hashTyped, type TypedStruct } from './typed-data.ts';

const halfOrder = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';

/** One spelling: upper-case digits or a missing prefix would be a second text for the same signature. */
const grammar = /^0x[0-9a-f]{130}$/;

/**
 * Who signed this, or null when the signature is malformed or the values are such as nobody can sign.
 * High-s signatures are refused: each valid signature has a mirror image, and accepting both would give one
 * statement two spellings (a malleability replay).
 */
export function recoverSigner(
  struct: TypedStruct,
  values: Readonly<Record<string, FieldValue>>,
  signature: string,
): Address | null {
  const hash = hashSignable(struct, values);
  return hash && recoverHashSigner(hash, signature);
}

/** The same for a hash that is known already. */
export function recoverHashSigner(hash: Uint8Array, signature: string): Address | null {
  const bytes = grammar.test(signature) ? fromHex(signature) : null;
  const signer = bytes && recoverBytesSigner(hash, bytes);
  return signer && (`0x${toHex(signer)}` as Address);
}

/** The same for a signature of 65 bytes; says the 20 of the address. */
export function recoverBytesSigner(hash: Uint8Array, signature: Uint8Array): Uint8Array | null {
  const recovery = (signature[64] ?? 0) - 27;
  if (recovery !== 0 && recovery !== 1) return null;
  if (toHex(signature.subarray(32, 64)) > halfOrder) return null;
  const publicKey = curve.recover(hash, signature.subarray(0, 64), recovery);
  return publicKey && addressBytes(publicKey);
}

/** The hash of values from strangers, or null: a price beyond uint256 fits the schema of a receipt and still has no hash. */
export function hashSignable(struct: TypedStruct, values: Readonly<Record<string, FieldValue>>): Uint8Array | null {
  try {
    return hashTyped(struct, values);
  } catch (error) {
    if (error instanceof UnsignableError) return null;
    throw error;
  }
}
