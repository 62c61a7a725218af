import { NetworkView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Who this hub is, its policy and its gateways. */
export const getNetwork = (client: Client, { signal }: Abortable = {}) =>
  readJson(client, NetworkView, '/v1/network', { signal });
