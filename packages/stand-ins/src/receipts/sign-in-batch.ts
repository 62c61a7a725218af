import { randomBytes } from 'node:crypto';
import {
  addressOf,
  encodeReceipt,
  growBatchTree,
  leafOfReceipt,
  type MerkleHash,
  type PrivateKey,
  type Receipt3,
  receiptOfBatch,
  type SignedReceipt3,
  signBatch,
  toHex,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';

const first = 40;

/** A receipt of version 3 in a signed batch of five; what the test does not say is zero. */
export function signInBatch(fields: Partial<Receipt3>, key: PrivateKey, place = 2): SignedReceipt3 {
  const receipt: Receipt3 = { ...createReceipt3(), ...fields, seq: first + place };
  const leaves = Array.from({ length: 5 }, (): MerkleHash => Uint8Array.from(randomBytes(32)));
  leaves[place] = leafOfReceipt(encodeReceipt(receipt));
  const tree = growBatchTree(leaves);
  const header = {
    ...{ node: addressOf(key), session: 'd1'.repeat(32), gateway: zeroAddress, first, count: leaves.length },
    ...{ root: toHex(tree.root), previous: zeroBytes32, issuedAt: receipt.finishedAt },
  };
  return receiptOfBatch(receipt, signBatch(header, key).batch, tree);
}

/** A receipt of version 3 whose fields are zero. */
export const createReceipt3 = (): Receipt3 => ({
  ...{ version: 3, seq: 0, release: zeroBytes32, request: zeroBytes32, inputs: zeroBytes32, outputs: zeroBytes32 },
  ...{ response: zeroBytes32, caller: zeroAddress, startedAt: 1, finishedAt: 2, runtime: zeroBytes32 },
  ...{ auditClass: 0, end: 0, units: 1, tokensIn: 0, tokensOut: 0, extra: zeroBytes32, salt: zeroBytes32 },
});
