import type { Static, TSchema } from '@callable/protocol/schema';
import type { Client } from './client.ts';
import { describeAnswer } from './describe-answer.ts';
import { parseAnswer } from './parse-answer.ts';
import { readText } from './read-text.ts';
import { type RequestOptions, sendRequest } from './send-request.ts';

/**
 * The largest document of a hub, unless its action says otherwise: 62,000 missing chunks of an upload have 12 MB, and a
 * request that announces more is refused.
 */
const mostBytes = 16 * 2 ** 20;

/**
 * A request whose JSON answer is checked against its schema.
 * Throws HubUnreachable for an answer that is cut, larger than `mostBytes` or something else, the refusal of a server as
 * its `CallableError`, and what the signal was aborted with.
 */
export async function readJson<Schema extends TSchema>(
  client: Client,
  schema: Schema,
  path: string,
  options: RequestOptions & { mostBytes?: number; parse?: (text: string) => unknown } = {},
): Promise<Static<Schema>> {
  const response = await sendRequest(client, path, options);
  const from = describeAnswer(client.baseUrl + path, response);
  return parseAnswer(schema, await readText(response, from, { mostBytes, ...options }), from, options.parse);
}
