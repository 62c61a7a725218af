import { Check } from '../schema/check.ts';
import { SignedReceipt } from './receipt.ts';
import { SignedReceipt2 } from './receipt-2.ts';

/** The receipt in this JSON without what its version does not know, or null when it is none. Its signature is not checked. */
export function parseReceipt(value: unknown): SignedReceipt | null {
  return Check(SignedReceipt, value) ? bareReceipt(value) : null;
}

/** Drops what nobody signed: passed on beside the signature, it would look as though the node had said it. */
export function bareReceipt(receipt: SignedReceipt): SignedReceipt {
  if (receipt.version === 1) return receipt;
  const members = Object.entries(receipt);
  // Almost always: a copy of so many members costs every call 10 µs.
  if (members.every(([name]) => known.has(name))) return receipt;
  return Object.fromEntries(members.filter(([name]) => known.has(name))) as SignedReceipt2;
}

const known = new Set(Object.keys(SignedReceipt2.properties));
