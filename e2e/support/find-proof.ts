import { nodeOf, type ReceiptProof, type SignedReceipt, sessionOf } from '@callable/protocol';
import { type Client, getProofOfCall } from '@callable/sdk';

const onItsWay = new Set<unknown>(['ReceiptNotFound', 'ReceiptNotLogged']);

/** That the receipt of a call is under the published checkpoint; null while it is on its way there. */
export async function findProof(client: Client, receipt: SignedReceipt): Promise<ReceiptProof | null> {
  const place = { session: sessionOf(receipt), number: receipt.seq, node: nodeOf(receipt) };
  return getProofOfCall(client, place).catch((error: { code?: unknown }) => {
    if (!onItsWay.has(error.code)) throw error;
    return null;
  });
}
