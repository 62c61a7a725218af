import {
  type Address,
  addressOf,
  type Digest,
  hexOfDigest,
  type PrivateKey,
  signReceipt,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';
import { createReceipt } from '../receipts/create-receipt.ts';

/** A report of a good call as a gateway makes it, with a receipt of the node. */
export function reportOf(
  node: PrivateKey,
  digest: string,
  caller: Address,
  seq: number,
  fields: Record<string, unknown> = {},
) {
  const said = { release: hexOfDigest(digest as Digest), caller, node: addressOf(node), finishedAt: Date.now(), seq };
  const receipt = signReceipt({ ...createReceipt(said), ...fields }, node);
  return { release: digest as never, outcome: 'good' as const, at: Date.now(), receipt, probe: false };
}

/** What makes a receipt of `reportOf` one of version 2. Its `paymentRef` is then a member that nobody signed. */
export const asVersion2 = (session: string) => ({
  ...{ version: 2, payment: zeroBytes32, chain: 0, units: 1, tokensIn: 2, tokensOut: 3, end: 0, session, batch: 0 },
  ...{ salt: '5a'.repeat(32), audience: zeroBytes32, gateway: zeroAddress, extra: zeroBytes32 },
});
