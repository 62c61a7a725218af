import { FetchAnswer, type FetchRequest } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Tells the hub what this node has of a file, and hears which chunks to take from where. */
export const leaseChunks = (client: Client, request: FetchRequest, { signal }: Abortable = {}) =>
  readJson(client, FetchAnswer, '/v1/fetches/lease', { method: 'POST', json: request, sign: true, signal });
