import { toHex } from '../../bytes/hex.ts';
import { Extra, hashExtra } from '../../schema/extra.ts';
import { bytes32 } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import { SignedBatch } from './batch-header.ts';
import type { BatchTree } from './batch-tree.ts';
import { Receipt3 } from './receipt-3.ts';

/** At most one hash for every level of a tree of 64 leaves. */
const batchPath = Type.Array(bytes32, { maxItems: 6 });

/** A receipt as it travels: with its path to the root of its batch it is proved alone, offline. */
export const SignedReceipt3 = Type.Object({
  ...Receipt3.properties,
  path: batchPath,
  batch: SignedBatch,
  /** Open, and signed by its hash. */
  more: Type.Optional(Extra),
});
export type SignedReceipt3 = Static<typeof SignedReceipt3>;

/** The receipt at a place of a signed batch. */
export const receiptOfBatch = (receipt: Receipt3, batch: SignedBatch, tree: BatchTree): SignedReceipt3 => ({
  ...receipt,
  path: tree.path(receipt.seq - batch.first).map(toHex),
  batch,
});

/** Whether the open object beside a receipt is the one that was signed; without it the hash alone still stands. */
export const isSignedExtra = ({ more, extra }: SignedReceipt3): boolean =>
  more === undefined || hashExtra(more) === extra;
