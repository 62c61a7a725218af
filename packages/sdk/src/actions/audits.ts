import { type Address, AuditList, AuditView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendOnly } from '../client/send-only.ts';
import { sendRequest } from '../client/send-request.ts';

/** Audits of a node, or of all, the latest first. */
export const listAudits = (client: Client, { node, signal }: Abortable & { node?: Address } = {}) =>
  readJson(client, AuditList, node === undefined ? '/v1/audits' : `/v1/audits?node=${node}`, { signal });

/** One audit, by the id of the receipt. */
export const getAudit = (client: Client, receipt: string, { signal }: Abortable = {}) =>
  readJson(client, AuditView, `/v1/audits/${receipt}`, { signal });

/** Shows the call behind a receipt of one's own; `sha256` is that of the bytes, in hex. */
export async function showCall(
  client: Client,
  receipt: string,
  { bytes, sha256, signal }: Abortable & { bytes: Uint8Array; sha256: string },
): Promise<void> {
  await sendOnly(client, `/v1/audits/${receipt}/call?sha256=${sha256}`, {
    method: 'POST',
    bytes,
    bodyHash: sha256,
    headers: { 'content-type': 'application/octet-stream' },
    sign: true,
    signal,
  });
}

/** The call as its node has shown it; only for auditors that were drawn. */
export async function readShownCall(
  client: Client,
  receipt: string,
  { signal }: Abortable = {},
): Promise<ReadableStream<Uint8Array>> {
  const response = await sendRequest(client, `/v1/audits/${receipt}/call`, { sign: true, signal });
  return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
}
