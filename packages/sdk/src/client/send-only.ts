import type { Client } from './client.ts';
import { type RequestOptions, sendRequest } from './send-request.ts';

/** A request whose answer says nothing but that it was accepted. What a server sends beyond that is not read. */
export async function sendOnly(client: Client, path: string, options: RequestOptions): Promise<void> {
  const { body } = await sendRequest(client, path, options);
  body?.cancel().catch(() => undefined);
}
