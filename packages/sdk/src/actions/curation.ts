import { KeyView, LabelList } from '@callable/protocol';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

type Abortable = { signal?: AbortSignal };

/** Who says what about the digest of a release, an address or a handle, as this hub knows it. */
export const listLabels = (client: Client, subject: string, { signal }: Abortable = {}) =>
  readJson(client, LabelList, `/v1/labels?${new URLSearchParams({ subject })}`, { signal });

/** A key by address or handle: its handles, who acts for it, what is said of it. */
export const getKey = (client: Client, key: string, { signal }: Abortable = {}) =>
  readJson(client, KeyView, `/v1/keys/${encodeURIComponent(key)}`, { signal });
