import { type RankingOrder, RankingView, type UsageKind, UsageView, WantedList } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { queryOf } from '../client/query-of.ts';
import { readJson } from '../client/read-json.ts';

/** Whose figures: of one release (name or digest), publisher (address or handle) or node (address), or of the whole network. */
export type UsageOf = { release: string } | { publisher: string } | { node: string } | Record<string, never>;

/** What was really used in these days (7, today with them): claimed, evidenced and trusted, and what was excluded and why. */
export const getUsage = (client: Client, of: UsageOf = {}, { days, signal }: Abortable & { days?: number } = {}) =>
  readJson(client, UsageView, `/v1/usage${queryOf({ ...of, days })}`, { signal });

/** Releases, publishers or nodes in the order of independent use in 7 days, of its rise, or of success; never of uploads. */
export const getRankings = (
  client: Client,
  {
    kind,
    by,
    limit,
    signal,
  }: Abortable & { kind?: Exclude<UsageKind, 'network'>; by?: RankingOrder; limit?: number } = {},
) => readJson(client, RankingView, `/v1/rankings${queryOf({ kind, by, limit })}`, { signal });

/** What was asked for and nothing could answer, the most wanted first: work for operators. */
export const listWanted = (client: Client, { days = 7, signal }: Abortable & { days?: number } = {}) =>
  readJson(client, WantedList, `/v1/wanted?days=${days}`, { signal });
