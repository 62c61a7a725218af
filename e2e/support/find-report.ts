import { nodeOf, type SignedReceipt, type SignedReceipt3, sessionOf } from '@callable/protocol';
import { type Client, getReceipt } from '@callable/sdk';

/** What a hub has filed of a call; null where nobody told it. */
export async function findReport(client: Client, receipt: SignedReceipt): Promise<SignedReceipt3 | null> {
  const place = { session: sessionOf(receipt), number: receipt.seq, node: nodeOf(receipt) };
  return getReceipt(client, place).catch((error: { code?: unknown }) => {
    if (error.code !== 'ReceiptNotFound') throw error;
    return null;
  });
}
