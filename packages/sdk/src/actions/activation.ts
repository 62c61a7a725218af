import { ActivationView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** How many releases are at each stage of their path, how long it took them, and what nobody calls. */
export const getActivation = (client: Client, { signal }: Abortable = {}) =>
  readJson(client, ActivationView, '/v1/activation', { signal });
