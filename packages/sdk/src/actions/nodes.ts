import {
  GapList,
  HoldingList,
  HoldingsAnswer,
  type HoldingsReport,
  NodeList,
  NodeStandingList,
} from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { queryOf } from '../client/query-of.ts';
import { readJson } from '../client/read-json.ts';

/** Nodes that joined, with their standing, a page at a time; only those caught lying, or only the others, when asked for. */
export const listNodes = (
  client: Client,
  { convicted, after, signal }: Abortable & { convicted?: boolean; after?: string } = {},
) => readJson(client, NodeList, `/v1/nodes${queryOf({ convicted, after })}`, { signal });

/** How nodes stand that were seen lately, a page at a time: whom a gateway sends calls to. */
export const listNodeStandings = (client: Client, { after, signal }: Abortable & { after?: string } = {}) =>
  readJson(client, NodeStandingList, `/v1/nodes/standings${queryOf({ after })}`, { signal });

/** Tells a page of what this node holds. */
export const reportHoldings = (client: Client, report: HoldingsReport, { signal }: Abortable = {}) =>
  readJson(client, HoldingsAnswer, '/v1/nodes/holdings', { method: 'POST', json: report, sign: true, signal });

/** What a node holds, in the order of the digests, a page at a time. */
export const listHoldings = (client: Client, node: string, { after, signal }: Abortable & { after?: string } = {}) =>
  readJson(client, HoldingList, `/v1/nodes/${node}/holdings${queryOf({ after })}`, { signal });

/** Where receipts of a node are missing or its headers are no chain, a page at a time; of one session where it is named. */
export const listGaps = (
  client: Client,
  node: string,
  { session, after, signal }: Abortable & { session?: string; after?: string } = {},
) => readJson(client, GapList, `/v1/nodes/${node}/gaps${queryOf({ session, after })}`, { signal });
