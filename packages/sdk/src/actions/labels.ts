import { LabelList } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Who says what about the digest of a release, an address or a handle, as this hub knows it. */
export const listLabels = (client: Client, subject: string, { signal }: Abortable = {}) =>
  readJson(client, LabelList, `/v1/labels?${new URLSearchParams({ subject })}`, { signal });
