import { NodeList } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Nodes that joined, with their standing; only those caught lying, or only the others, when asked for. */
export const listNodes = (client: Client, { convicted, signal }: Abortable & { convicted?: boolean } = {}) =>
  readJson(client, NodeList, convicted === undefined ? '/v1/nodes' : `/v1/nodes?convicted=${convicted}`, { signal });
