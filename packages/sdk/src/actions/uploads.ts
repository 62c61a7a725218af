import { type UploadRequest, UploadView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Announces files by their hashes; the answer lists the chunks the hub lacks. Repeatable. */
export const createUpload = (client: Client, request: UploadRequest, { signal }: Abortable = {}) =>
  readJson(client, UploadView, '/v1/uploads', { method: 'POST', json: request, sign: true, signal });

/** What an upload still lacks; its owner alone is told. */
export const getUpload = (client: Client, id: string, { signal }: Abortable = {}) =>
  readJson(client, UploadView, `/v1/uploads/${id}`, { sign: true, signal });

/** Joins the chunks into files; answers what is still missing, nothing when it is done. Repeatable. */
export const completeUpload = (client: Client, id: string, { signal }: Abortable = {}) =>
  readJson(client, UploadView, `/v1/uploads/${id}/complete`, { method: 'POST', json: {}, sign: true, signal });
