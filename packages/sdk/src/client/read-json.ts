import { CallableError } from '@callable/protocol';
import type { Static, TSchema } from '@callable/protocol/schema';
import { Check } from '@callable/protocol/schema';
import type { Client } from './client.ts';
import { readText } from './read-text.ts';
import { type RequestOptions, sendRequest } from './send-request.ts';

/** A full page of statements is the largest answer: 1000 of at most 65,535 bytes. */
const mostMiB = 64;

/**
 * A request whose JSON answer is checked against its schema: another party's answer is untrusted input.
 * Throws HubUnreachable for one that is cut, too large or something else, and what the signal was aborted with.
 */
export async function readJson<Schema extends TSchema>(
  client: Client,
  schema: Schema,
  path: string,
  options: RequestOptions = {},
): Promise<Static<Schema>> {
  const response = await sendRequest(client, path, options);
  const fail = (what: string, cause?: unknown): never => {
    options.signal?.throwIfAborted();
    throw new CallableError('HubUnreachable', `${client.baseUrl}${path} answered ${what}.`, { cause });
  };
  const other = 'something else than its API says';
  const text = await readText(response, mostMiB * 2 ** 20).catch((cause) => fail(other, cause));
  if (text === null) return fail(`more than ${mostMiB} MiB`);
  try {
    const value: unknown = JSON.parse(text);
    if (Check(schema, value)) return value;
  } catch (cause) {
    return fail(other, cause);
  }
  return fail(other);
}
