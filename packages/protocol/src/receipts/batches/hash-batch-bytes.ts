import { toHex } from '../../bytes/hex.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import { type Address, zeroAddress } from '../../identity/address.ts';
import { hashWords, structWords } from '../../keys/typed-data.ts';
import { batchStruct } from './batch-header.ts';

/** Where the parts of a header stand in its bytes, as `writeBatch` puts them. */
export const placesInBatch = {
  ...{ node: 0, session: 20, gateway: 52, first: 72, count: 80 },
  ...{ root: 81, previous: 113, issuedAt: 145, signature: 153 },
} as const;

/** The node that a header in these bytes names. */
export const batchNodeAt = (bytes: Uint8Array, at: number) =>
  `0x${toHex(bytes.subarray(at + placesInBatch.node, at + placesInBatch.node + 20))}` as Address;

/** Where each part goes in the words of its struct: behind the type, numbers and addresses at the end of their word. */
const moves = [
  [placesInBatch.node, 32 + 12, 20],
  [placesInBatch.session, 64, 32],
  [placesInBatch.gateway, 96 + 12, 20],
  [placesInBatch.first, 128 + 24, 8],
  [placesInBatch.count, 160 + 31, 1],
  [placesInBatch.root, 192, 32],
  [placesInBatch.previous, 224, 32],
  [placesInBatch.issuedAt, 256 + 24, 8],
] as const;

const empty = structWords(batchStruct, {
  ...{ node: zeroAddress, session: zeroBytes32, gateway: zeroAddress, first: 0, count: 0 },
  ...{ root: zeroBytes32, previous: zeroBytes32, issuedAt: 0 },
});

/** What `verifyBatch` hashes, from the bytes of a header: eight hashes less to spell. The signature is not checked. */
export function hashBatchBytes(bytes: Uint8Array, at: number): Uint8Array {
  const words = empty.slice();
  for (const [from, to, length] of moves) words.set(bytes.subarray(at + from, at + from + length), to);
  return hashWords(words);
}
