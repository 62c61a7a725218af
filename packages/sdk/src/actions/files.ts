import { CallableError } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readPieces } from '../client/read-pieces.ts';
import { sendRequest } from '../client/send-request.ts';

/** The bytes of a stored file by its sha256, from `offset` on, as a stream. The reader checks the hashes. */
export async function readFile(
  client: Client,
  sha256: string,
  { offset = 0, signal }: Abortable & { offset?: number } = {},
): Promise<ReadableStream<Uint8Array>> {
  const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  const response = await sendRequest(client, `/v1/files/${sha256}`, { headers, signal });
  const body = response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  return response.status === 206 ? body : body.pipeThrough(skipBytes(offset));
}

/** For a server that ignores ranges: it sends the file from its start. */
function skipBytes(count: number): TransformStream<Uint8Array, Uint8Array> {
  let left = count;
  return new TransformStream({
    transform(piece, controller) {
      const from = Math.min(left, piece.length);
      left -= from;
      if (from < piece.length) controller.enqueue(piece.subarray(from));
    },
  });
}

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
  for await (const piece of readPieces(response, `${client.baseUrl}/v1/files/${sha256}`, { signal })) {
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
