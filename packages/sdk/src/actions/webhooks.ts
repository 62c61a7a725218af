import { WebhookCreated, WebhookList, type WebhookRequest } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendOnly } from '../client/send-only.ts';

/** Asks to be told what becomes of a release or of all of a publisher. The answer shows the secret, this once. */
export const addWebhook = (client: Client, request: WebhookRequest, { signal }: Abortable = {}) =>
  readJson(client, WebhookCreated, '/v1/webhooks', { method: 'POST', json: request, sign: true, signal });

/** The webhooks of this key, with what came of the last attempt of each. */
export const listWebhooks = (client: Client, { signal }: Abortable = {}) =>
  readJson(client, WebhookList, '/v1/webhooks', { sign: true, signal });

/** Ends a webhook of this key. */
export async function removeWebhook(client: Client, id: string, { signal }: Abortable = {}): Promise<void> {
  await sendOnly(client, `/v1/webhooks/${id}`, { method: 'DELETE', sign: true, signal });
}
