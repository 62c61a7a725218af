import { QueuePlaces, QueueView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { releasePath } from '../client/release-path.ts';

/** What waits, runs and pauses on a hub, by step and by publisher. */
export const getQueue = (client: Client, { signal }: Abortable = {}) =>
  readJson(client, QueueView, '/v1/queue', { signal });

/** Where the jobs of a release stand: how many are ahead, how long that will take, and on what that rests. */
export const getQueuePlaces = (client: Client, release: string, { signal }: Abortable = {}) =>
  readJson(client, QueuePlaces, releasePath(release).replace('/v1/releases/', '/v1/queue/'), { signal });
