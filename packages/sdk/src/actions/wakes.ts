import { type Digest, WakeEstimate, type WakeRequest } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Has nodes fetch a release for which callers wait; signed by a gateway. Says when it is reckoned to answer. */
export const wakeRelease = (client: Client, release: Digest, { signal }: Abortable = {}) =>
  readJson(client, WakeEstimate, '/v1/wakes', {
    method: 'POST',
    json: { release } satisfies WakeRequest,
    sign: true,
    signal,
  });
