import { type CallReports, ReceiptProof } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendOnly } from '../client/send-only.ts';

/** A gateway's account of the calls it passed on. */
export async function reportCalls(client: Client, reports: CallReports, { signal }: Abortable = {}): Promise<void> {
  await sendOnly(client, '/v1/receipts', { method: 'POST', json: reports, sign: true, signal });
}

/** The proof that a receipt is in the log. Refused with ReceiptNotLogged while it is on its way there. */
export const getReceiptProof = (client: Client, id: string, { signal }: Abortable = {}) =>
  readJson(client, ReceiptProof, `/v1/receipts/${id}/proof`, { signal });
