import { toHex } from '../bytes/hex.ts';
import { type FieldValue, hashTyped, type TypedStruct } from '../keys/typed-data.ts';
import { type Static, Type } from '../schema/type.ts';
import { type Receipt1, receiptStruct1, SignedReceipt1 } from './receipt-1.ts';
import { type Receipt2, receiptStruct2, SignedReceipt2 } from './receipt-2.ts';

/** A node's account of one call, of either version. */
export type Receipt = Receipt1 | Receipt2;

/** A receipt as it travels. Version 1 is closed for ever; version 2 may stand beside members that nobody signed. */
export const SignedReceipt = Type.Union([SignedReceipt1, SignedReceipt2]);
export type SignedReceipt = Static<typeof SignedReceipt>;

/** What an EIP-712 hash of this receipt is made of. */
export const typedReceipt = (receipt: Receipt): [TypedStruct, Readonly<Record<string, FieldValue>>] => [
  receipt.version === 2 ? receiptStruct2 : receiptStruct1,
  // A struct takes the fields it names, and all of those are words.
  receipt as Readonly<Record<string, FieldValue>>,
];

/** Identity of a receipt: its EIP-712 hash, 64 hex digits. */
export function receiptId(receipt: Receipt): string {
  return toHex(hashTyped(...typedReceipt(receipt)));
}

/** The numbers a node may give once: version 1 counts per node and has no session, version 2 within each session. */
export const sessionOf = (receipt: Receipt): string => (receipt.version === 2 ? receipt.session : '');
