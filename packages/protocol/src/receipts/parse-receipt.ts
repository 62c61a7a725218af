import { Check } from '../schema/check.ts';
import { SignedBatch } from './batches/batch-header.ts';
import { SignedReceipt3 } from './batches/signed-receipt-3.ts';
import { SignedReceipt } from './receipt.ts';
import { SignedReceipt2 } from './receipt-2.ts';

/** The receipt in this JSON without what its version does not know, or null when it is none. Its signature is not checked. */
export function parseReceipt(value: unknown): SignedReceipt | null {
  return Check(SignedReceipt, value) ? bareReceipt(value) : null;
}

/** Drops what nobody signed: passed on beside the signature, it would look as though the node had said it. */
export function bareReceipt(receipt: SignedReceipt): SignedReceipt {
  if (receipt.version === 1) return receipt;
  if (receipt.version === 2) return onlyKnown(receipt, known2);
  const batch = onlyKnown(receipt.batch, knownOfBatch);
  const bare = onlyKnown(receipt, known3);
  return batch === bare.batch ? bare : { ...bare, batch };
}

function onlyKnown<Value extends object>(value: Value, known: ReadonlySet<string>): Value {
  const members = Object.entries(value);
  // Almost always: a copy of so many members costs 10 µs.
  if (members.every(([name]) => known.has(name))) return value;
  return Object.fromEntries(members.filter(([name]) => known.has(name))) as Value;
}

const known2 = new Set(Object.keys(SignedReceipt2.properties));
const known3 = new Set(Object.keys(SignedReceipt3.properties));
const knownOfBatch = new Set(Object.keys(SignedBatch.properties));
