import { CallableError, FetchAnswer, type FetchRequest } from '@callable/protocol';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendRequest } from '../client/send-request.ts';

type Abortable = { signal?: AbortSignal };

/** Tells the hub what this node has of a file, and hears which chunks to take from where. */
export const leaseChunks = (client: Client, request: FetchRequest, { signal }: Abortable = {}) =>
  readJson(client, FetchAnswer, '/v1/fetches/lease', { method: 'POST', json: request, sign: true, signal });

/**
 * `length` bytes of a stored file from `offset` on, as they come; a server that ignores ranges is read from its start.
 * The reader checks the hashes. Throws HubUnreachable when the bytes end too early.
 */
export async function* readFileRange(
  client: Client,
  sha256: string,
  { offset, length, signal }: Abortable & { offset: number; length: number },
): AsyncGenerator<Uint8Array> {
  const headers = { range: `bytes=${offset}-${offset + length - 1}` };
  const response = await sendRequest(client, `/v1/files/${sha256}`, { headers, signal });
  let skip = response.status === 206 ? 0 : offset;
  let left = length;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    const wanted = piece.subarray(Math.min(skip, piece.length), Math.min(skip + left, piece.length));
    skip -= Math.min(skip, piece.length);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (left === 0) return;
  }
  throw new CallableError('HubUnreachable', `${client.baseUrl} stopped ${left} bytes short of what was asked for.`);
}
