import { type UploadRequest, UploadView } from '@callable/protocol';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendRequest } from '../client/send-request.ts';

type Abortable = { signal?: AbortSignal };

/** Announces files by their hashes; the answer lists the chunks the hub lacks. Repeatable. */
export const createUpload = (client: Client, request: UploadRequest, { signal }: Abortable = {}) =>
  readJson(client, UploadView, '/v1/uploads', { method: 'POST', json: request, sign: true, signal });

export const getUpload = (client: Client, id: string, { signal }: Abortable = {}) =>
  readJson(client, UploadView, `/v1/uploads/${id}`, { signal });

/** Sends one chunk; sending it again is harmless. */
export async function sendChunk(
  client: Client,
  upload: string,
  chunk: { file: string; index: number; sha256: string },
  bytes: Uint8Array,
  { signal }: Abortable = {},
): Promise<void> {
  await sendRequest(client, `/v1/uploads/${upload}/files/${chunk.file}/chunks/${chunk.index}`, {
    method: 'PUT',
    bytes,
    bodyHash: chunk.sha256,
    headers: { 'content-type': 'application/octet-stream' },
    sign: true,
    signal,
  });
}

/** Joins the chunks into files; answers what is still missing, nothing when it is done. Repeatable. */
export const completeUpload = (client: Client, id: string, { signal }: Abortable = {}) =>
  readJson(client, UploadView, `/v1/uploads/${id}/complete`, { method: 'POST', json: {}, sign: true, signal });

/** The bytes of a stored file by its sha256, from `offset` on, as a stream. The reader checks the hashes. */
export async function readFile(
  client: Client,
  sha256: string,
  { offset = 0, signal }: Abortable & { offset?: number } = {},
): Promise<ReadableStream<Uint8Array>> {
  const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  const response = await sendRequest(client, `/v1/files/${sha256}`, { headers, signal });
  return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
}
