import type { PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { type Receipt, receiptStruct, type SignedReceipt } from './receipt.ts';

export function signReceipt(receipt: Receipt, key: PrivateKey): SignedReceipt {
  return { ...receipt, signature: signTyped(receiptStruct, receipt, key) };
}
