import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { type FieldValue, hashTyped, type TypedStruct } from '../keys/typed-data.ts';
import { type Static, Type } from '../schema/type.ts';
import type { Receipt3 } from './batches/receipt-3.ts';
import { encodeReceipt, leafOfReceipt } from './batches/receipt-bytes.ts';
import { SignedReceipt3 } from './batches/signed-receipt-3.ts';
import { type Receipt1, receiptStruct1, SignedReceipt1 } from './receipt-1.ts';
import { type Receipt2, receiptStruct2, SignedReceipt2 } from './receipt-2.ts';

/** A node's account of one call that was signed by itself: nobody issues these any more, and they are read for ever. */
export type Receipt = Receipt1 | Receipt2;

/**
 * A receipt as it travels, of any version. Version 1 is closed for ever; the others may stand beside members that nobody
 * signed. Version 3 is signed by the header of its batch.
 */
export const SignedReceipt = Type.Union([SignedReceipt1, SignedReceipt2, SignedReceipt3]);
export type SignedReceipt = Static<typeof SignedReceipt>;

/** What an EIP-712 hash of this receipt is made of. */
export const typedReceipt = (receipt: Receipt): [TypedStruct, Readonly<Record<string, FieldValue>>] => [
  receipt.version === 2 ? receiptStruct2 : receiptStruct1,
  // A struct takes the fields it names, and all of those are words.
  receipt as Readonly<Record<string, FieldValue>>,
];

/** Identity of a receipt, 64 hex digits: its EIP-712 hash, since version 3 its leaf in the tree of its batch. */
export function receiptId(receipt: Receipt | Receipt3): string {
  return toHex(receipt.version === 3 ? leafOfReceipt(encodeReceipt(receipt)) : hashTyped(...typedReceipt(receipt)));
}

/** Whose word it is. */
export const nodeOf = (receipt: SignedReceipt): Address => (receipt.version === 3 ? receipt.batch.node : receipt.node);

/** Through whom the call came; version 1 does not say it. */
export const gatewayOf = (receipt: SignedReceipt): Address | null =>
  receipt.version === 3 ? receipt.batch.gateway : receipt.version === 2 ? receipt.gateway : null;

/** The numbers a node may give once: version 1 counts per node and has no session, the others count within each. */
export const sessionOf = (receipt: Receipt | SignedReceipt3): string =>
  receipt.version === 3 ? receipt.batch.session : receipt.version === 2 ? receipt.session : '';
