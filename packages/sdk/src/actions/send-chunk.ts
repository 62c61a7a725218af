import { CallableError } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { sendOnly } from '../client/send-only.ts';

export type ChunkOfUpload = { file: string; index: number; sha256: string };

/** The default of nginx, and what still passes where less is taken. */
const pieceSizes = [1024 * 1024, 256 * 1024, 64 * 1024];
/** How often the pieces of a chunk are begun anew: a hub that restarts has them still, one that was cleaned has not. */
const attempts = 3;

/**
 * Sends one chunk; sending it again is harmless. Where a proxy on the way takes no body this large (413), it goes in pieces, and
 * so do all later ones of this client; the hub checks the hash when the last has come. Throws what the hub refuses it with.
 */
export async function sendChunk(
  client: Client,
  upload: string,
  chunk: ChunkOfUpload,
  bytes: Uint8Array,
  { signal }: Abortable = {},
): Promise<void> {
  const path = `/v1/uploads/${upload}/files/${chunk.file}/chunks/${chunk.index}`;
  const send = (body: Uint8Array, headers: Record<string, string> = {}) =>
    sendOnly(client, path, {
      method: 'PUT',
      bytes: body,
      bodyHash: chunk.sha256,
      headers: { 'content-type': 'application/octet-stream', ...headers },
      sign: true,
      signal,
    });
  for (let attempt = 1; ; attempt++) {
    const mostBytes = client.way.mostBytes;
    try {
      if (bytes.length <= mostBytes) await send(bytes);
      else
        for (const { start, end } of cut(bytes.length, mostBytes))
          await send(bytes.subarray(start, end), { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
      return;
    } catch (error) {
      if (isTooLarge(error)) narrow(client, Math.min(mostBytes, bytes.length), error);
      else if (attempt >= attempts || !isOutOfOrder(error)) throw error;
    }
  }
}

function* cut(length: number, most: number): Generator<{ start: number; end: number }> {
  for (let start = 0; start < length; start += most) yield { start, end: Math.min(length, start + most) };
}

/** Chunks that are under way together are refused together: the way is narrowed once for all of them. */
function narrow(client: Client, refused: number, error: unknown): void {
  if (client.way.mostBytes < refused) return;
  const next = pieceSizes.find((size) => size < refused);
  if (next === undefined) throw error;
  client.way.mostBytes = next;
}

/** The hub itself takes a whole chunk: what does not is before it. */
const isTooLarge = (error: unknown): boolean => error instanceof CallableError && error.details.answer?.status === 413;

const isOutOfOrder = (error: unknown): boolean => error instanceof CallableError && error.code === 'PieceOutOfOrder';
