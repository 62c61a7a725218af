import { UsageView, WantedList } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** How much a release is used in these days (7, today with it): claimed, evidenced and trusted, and what was excluded and why. */
export const getUsage = (client: Client, release: string, { days, signal }: Abortable & { days?: number } = {}) =>
  readJson(
    client,
    UsageView,
    `/v1/usage?release=${encodeURIComponent(release)}${days === undefined ? '' : `&days=${days}`}`,
    { signal },
  );

/** What was asked for and nothing could answer, the most wanted first: work for operators. */
export const listWanted = (client: Client, { days = 7, signal }: Abortable & { days?: number } = {}) =>
  readJson(client, WantedList, `/v1/wanted?days=${days}`, { signal });
