import { CallableError, FetchAnswer, type FetchRequest } from '@callable/protocol';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendRequest } from '../client/send-request.ts';

type Abortable = { signal?: AbortSignal };

/** Tells the hub what this node has of a file, and hears which chunks to take from where. */
export const leaseChunks = (client: Client, request: FetchRequest, { signal }: Abortable = {}) =>
  readJson(client, FetchAnswer, '/v1/fetches/lease', { method: 'POST', json: request, sign: true, signal });

/**
 * Fills `into` with the bytes of a stored file from `offset` on, handing on every piece of them as it comes; a server that
 * ignores ranges is read from its start. The reader checks the hashes. Throws HubUnreachable when they end too early.
 */
export async function readFileRange(
  client: Client,
  sha256: string,
  {
    offset,
    into,
    onPiece,
    signal,
  }: Abortable & { offset: number; into: Uint8Array; onPiece?: (piece: Uint8Array) => void },
): Promise<void> {
  const headers = { range: `bytes=${offset}-${offset + into.length - 1}` };
  const response = await sendRequest(client, `/v1/files/${sha256}`, { headers, signal });
  let skip = response.status === 206 ? 0 : offset;
  let filled = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    // Read to its end, so that the connection serves the next request; whatever follows beyond is left unread.
    if (filled === into.length) break;
    const from = Math.min(skip, piece.length);
    skip -= from;
    const wanted = piece.subarray(from, Math.min(from + into.length - filled, piece.length));
    into.set(wanted, filled);
    filled += wanted.length;
    onPiece?.(wanted);
  }
  if (filled < into.length)
    throw new CallableError('HubUnreachable', `${client.baseUrl} stopped ${into.length - filled} bytes too early.`);
}
