import { KeyView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** A key by address or handle: its handles, who acts for it, what is said of it. */
export const getKey = (client: Client, key: string, { signal }: Abortable = {}) =>
  readJson(client, KeyView, `/v1/keys/${encodeURIComponent(key)}`, { signal });
