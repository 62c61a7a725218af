import { CallableError } from '@callable/protocol';
import type { Static, TSchema } from '@callable/protocol/schema';
import { Check } from '@callable/protocol/schema';
import type { Client } from './client.ts';
import { type RequestOptions, sendRequest } from './send-request.ts';

/** A request whose JSON answer is checked against its schema: another party's answer is untrusted input. */
export async function readJson<Schema extends TSchema>(
  client: Client,
  schema: Schema,
  path: string,
  options: RequestOptions = {},
): Promise<Static<Schema>> {
  const response = await sendRequest(client, path, options);
  const value: unknown = await response.json().catch(() => undefined);
  if (!Check(schema, value)) {
    throw new CallableError('HubUnreachable', `${client.baseUrl}${path} answered something else than its API says.`);
  }
  return value;
}
